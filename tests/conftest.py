"""Options of the whole test suite; pytest reads them from here alone."""


def pytest_addoption(parser):
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")
    parser.addoption("--record", metavar="FILE", help="note there what agrees on arrays of other libraries")


collect_ignore = ["nn/torch_reference/record.py"]  # has no doctests, and needs PyTorch
