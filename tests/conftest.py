"""Options of the whole test suite, which pytest reads from here alone, and what keeps its tens of thousands quick."""

import gc

import pytest


def pytest_addoption(parser):
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")
    parser.addoption("--record", metavar="FILE", help="note there what agrees on arrays of other libraries")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    """Keep the collected tests, which stay until the end, out of what each later `gc.collect()` looks through."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Deal out files, as `--dist loadfile` does; xdist itself counts all tests at every event."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Places(list):
        """The names of the tests; the place of one is looked up, and not searched for."""

        def __init__(self, names):
            super().__init__(names)
            self.index = {name: place for place, name in enumerate(names)}.__getitem__

    class FilesWithoutCounting(LoadFileScheduling):
        """What a worker has still to do is kept, and not found among all that it was ever given, at every event."""

        def add_node_collection(self, node, collection):
            super().add_node_collection(node, collection)
            if node in self.registered_collections:
                self.registered_collections[node] = Places(collection)

        def mark_test_complete(self, node, item_index, duration=0):
            name = self.registered_collections[node][item_index]
            file = self._split_scope(name)
            del self.assigned_work[node][file][name]
            if not self.assigned_work[node][file]:
                del self.assigned_work[node][file]
            self._reschedule(node)

        def _pending_of(self, workload):
            return sum(map(len, workload.values()))

    return FilesWithoutCounting(config, log)


# These have no doctests, and need PyTorch.
collect_ignore = ["nn/torch_reference/record.py", "nn/interchange/torch_models.py"]
