"""JupyterLab for the browser tests: a server of its own, with folders of its own, no network.

The environment says where: see ``playwright.config.ts``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

home = Path(os.environ["TORCHPROF_E2E_HOME"])
folders = {name: home / name for name in ("notebooks", "settings", "workspaces")}
for folder in folders.values():
    folder.mkdir(parents=True, exist_ok=True)

# No toast that asks whether to fetch news.
notification = folders["settings"] / "@jupyterlab/apputils-extension"
notification.mkdir(parents=True, exist_ok=True)
(notification / "notification.jupyterlab-settings").write_text(
    json.dumps({"fetchNews": "false", "checkForUpdates": False}), encoding="utf8"
)

# Most tests have cells that do next to nothing, and look at the line under them all the same.
overrides = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "labconfig"
overrides.mkdir(parents=True, exist_ok=True)
(overrides / "default_setting_overrides.json").write_text(
    json.dumps(
        {"jupyterlab-torchprof:plugin": {"badgeMinimumSeconds": 0, "badgeMinimumMebibytes": 0}}
    ),
    encoding="utf8",
)

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.Application.log_level = "ERROR"
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ["TORCHPROF_E2E_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = str(folders["notebooks"])
c.IdentityProvider.token = os.environ["TORCHPROF_E2E_TOKEN"]
c.LabApp.expose_app_in_browser = True
c.JupyterNotebookApp.expose_app_in_browser = True
c.LabApp.user_settings_dir = str(folders["settings"])
c.LabApp.workspaces_dir = str(folders["workspaces"])
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
