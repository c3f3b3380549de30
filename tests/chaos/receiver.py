"""A client's own system as a process: verifies every call with the official library, and writes down what it took.

Told on standard input: the signing secret, then nothing more until it shall end. Says its address on standard output.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


async def serve(kept: Path) -> None:
    """Take webhooks until standard input ends. Each line of `kept` is one: its id, the body's id, the body's hash."""
    secret = (await asyncio.to_thread(sys.stdin.readline)).strip()
    verifier = Webhook(secret)
    with kept.open("a", buffering=1) as lines:

        async def take(request: web.Request) -> web.Response:
            body = await request.read()
            try:
                verifier.verify(body, dict(request.headers))
            except WebhookVerificationError:
                lines.write("forged - -\n")
                return web.Response(status=401)
            told = (request.headers["webhook-id"], json.loads(body)["id"], hashlib.sha256(body).hexdigest())
            lines.write(" ".join(told) + "\n")
            return web.Response(status=204)

        app = web.Application()
        app.router.add_post("/siaga", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}/siaga", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
