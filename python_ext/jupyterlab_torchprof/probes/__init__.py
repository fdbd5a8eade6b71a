"""One file per thing observed; see `jupyterlab_torchprof.probes.base`."""
