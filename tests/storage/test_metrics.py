from prometheus_client.parser import text_string_to_metric_families

from storage import metrics


async def figures():
    families = text_string_to_metric_families((await metrics.text()).decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_jobs_and_tries_are_told_in_the_words_of_prometheus():
    for seconds in (0.005, 0.0051, 70.0):
        metrics.note_job("test.counted", "done", seconds)
    metrics.note_job("test.counted", "failed", 0.2)
    metrics.note_attempt("test")
    told = await figures()
    assert (told["siaga_jobs_total", "test.counted", "done"], told["siaga_jobs_total", "test.counted", "failed"]) == (
        3,
        1,
    )
    assert told["siaga_webhook_attempts_total", "test"] == 1
    within = {
        bound: told["siaga_job_seconds_bucket", "test.counted", bound] for bound in ("0.005", "0.01", "10.0", "+Inf")
    }
    assert within == {"0.005": 1, "0.01": 2, "10.0": 3, "+Inf": 4}
    assert told["siaga_job_seconds_count", "test.counted"] == 4
    assert round(told["siaga_job_seconds_sum", "test.counted"], 4) == 70.2101
