"""Both AWS SDKs for JavaScript, as they come from npm, tell the callback story."""

import pytest

from harness.clients import node

EVENTS = [
    "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted",
    "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "by_environment", "output"),
    [
        ("story-v2.js", False, '"done by v2"'),
        ("story-v3.js", False, '"done by v3"'),
        ("story-v3.js", True, '"done by v3"'),
    ],
)
def test_the_story_by_sdk(aws, script, by_environment, output):
    told = node(script, aws, by_environment, role=aws.role("states"))
    assert told == {
        "account": aws.access_key_id,
        "status": "SUCCEEDED",
        "output": output,
        "late": "TaskTimedOut",
        "events": EVENTS,
    }
