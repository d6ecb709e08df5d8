"""Distributed maps as AWS's clients see them: from a file in a bucket to files in a bucket, over a kill and a stop."""

import json

from harness.clients import Aws
from harness.executions import create_state_machine, ended, start, types
from harness.wait import until


def distributed(child, **more):
    """A definition with one distributed Map state whose child executions are of one state."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Child",
        "States": {"Child": child},
    }
    return {"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemProcessor": processor, "End": True, **more}}}


PASS = {"Type": "Pass", "End": True}


def read_json(s3, bucket, key):
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_rows_of_a_file_become_executions_and_their_results_a_file(aws):
    s3, bucket = aws.client("s3"), f"maps-{aws.account}"
    s3.create_bucket(Bucket=bucket)
    rows = "".join(f"{number},name {number}\n" for number in range(300))
    s3.put_object(Bucket=bucket, Key="in.csv", Body=f"id,name\n{rows}".encode())
    definition = distributed(
        PASS,
        Label="rows",
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": bucket, "Key": "in.csv"},
        },
        ItemSelector={"row.$": "$$.Map.Item.Value"},
        ItemBatcher={"MaxItemsPerBatch": 10},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "out"},
        },
    )
    execution = start(aws, create_state_machine(aws, definition))
    described = ended(aws, execution)
    assert described["status"] == "SUCCEEDED", described
    output = json.loads(described["output"])
    manifest = read_json(s3, bucket, output["ResultWriterDetails"]["Key"])
    [file] = manifest["ResultFiles"]["SUCCEEDED"]
    results = read_json(s3, bucket, file["Key"])
    ids = [item["row"]["id"] for result in results for item in json.loads(result["Output"])["Items"]]
    assert ids == [str(number) for number in range(300)]
    [run] = aws.stepfunctions.list_map_runs(executionArn=execution)["mapRuns"]
    counts = aws.stepfunctions.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (counts["itemCounts"]["succeeded"], counts["executionCounts"]["succeeded"]) == (300, 30)
    children = aws.stepfunctions.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert len(children) == 30 and children[0]["itemCount"] == 10
    assert "/rows:" in children[0]["executionArn"]
    assert "MapRunSucceeded" in types(aws, execution)


def test_a_run_goes_on_after_a_kill(start_server):
    server = start_server()
    aws = Aws(server.url, "123456789012")
    definition = distributed(
        {"Type": "Wait", "Seconds": 1, "End": True}, MaxConcurrency=40, ItemSelector={"n.$": "$$.Map.Item.Value"}
    )
    execution = start(aws, create_state_machine(aws, definition), list(range(200)))
    [run] = aws.stepfunctions.list_map_runs(executionArn=execution)["mapRuns"]

    def counts():
        return aws.stepfunctions.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]

    until(counts, lambda now: now["succeeded"] > 20)
    server.kill()
    server.start()
    described = ended(aws, execution)
    assert [item["n"] for item in json.loads(described["output"])] == list(range(200))
    assert (counts()["total"], counts()["succeeded"]) == (200, 200)


def test_what_waits_is_stopped_with_its_parent(aws):
    definition = distributed({"Type": "Wait", "Seconds": 600, "End": True})
    execution = start(aws, create_state_machine(aws, definition), [1, 2, 3])
    aws.stepfunctions.stop_execution(executionArn=execution)
    [run] = aws.stepfunctions.list_map_runs(executionArn=execution)["mapRuns"]
    described = until(
        lambda: aws.stepfunctions.describe_map_run(mapRunArn=run["mapRunArn"]),
        lambda now: now["executionCounts"]["running"] == 0,
    )
    assert (described["status"], described["executionCounts"]["aborted"]) == ("ABORTED", 3)
