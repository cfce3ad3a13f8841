"""The healthcheck of web: exits 0 when this container answers and reaches its database and Redis.

With an allowed host name, because every other one gets a 400 before any check.
"""

import os
import urllib.request

PORT = os.environ.get("PORT", "8000")
host = os.environ["ALLOWED_HOSTS"].split(",")[0]
urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}/healthz", headers={"Host": host}), timeout=5)
