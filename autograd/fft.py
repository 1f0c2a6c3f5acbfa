"""Fourier transforms of pairs [re, im], with derivatives of every order.

    from inversa.autograd import fft
    spectrum = fft.rfft(signal)  # (..., n // 2 + 1, 2)

A Tensor is an array of real numbers, so a complex number is a last axis of 2. ``numpy.fft`` would give complex numbers:
it refuses a Tensor that requires a gradient.
"""

from inversa.autograd.ops.fourier import fft, fft2, fftshift, ifft, ifft2, ifftshift, irfft, irfft2, rfft, rfft2

__all__ = ["fftshift", "ifftshift", "fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "rfft2", "irfft2"]
