"""The page with the fake proofreader and room for one run, so that a second visitor waits.

python -m tests.narrow_page
"""

import app
from tests.fake_proofreader import FakeProofreader

if __name__ == "__main__":
    app.worker = FakeProofreader()
    for event in app.demo.fns.values():
        if event.concurrency_id == app.MODEL["concurrency_id"]:
            event.concurrency_limit = 1
    app.main()
