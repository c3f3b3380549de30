"""Readiness: what is missing is named, and a process that is asked to end is ready no more."""


async def test_a_process_that_is_asked_to_end_is_not_ready_and_still_lives(app, nobody):
    process = app.app.state.siaga
    assert (await nobody.get("/health/ready")).json() == {"status": "ready", "failing": []}
    app.leave()
    try:
        answer = await nobody.get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "failing": ["shutdown"]})
        assert (await nobody.get("/health/live")).status_code == 200
    finally:
        process.is_leaving = process.streams.is_leaving = False
