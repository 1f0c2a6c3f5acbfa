"""Models of PyTorch's: their modules as ours, and their programs, as torch.export gives them, on Tensors."""
