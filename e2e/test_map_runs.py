"""Distributed maps as AWS's clients see them: from a file in a bucket to files in a bucket, over a kill and a stop."""

import gzip
import json
import uuid

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


def gathered(aws, reader, **more):
    """The output of a run whose children give their items back, with where they come from."""
    selector = {"item.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"}
    definition = distributed(PASS, ItemReader=reader, ItemSelector=selector, **more)
    machine = create_state_machine(aws, definition, name=f"gather-{uuid.uuid4().hex[:8]}")
    described = ended(aws, start(aws, machine))
    assert described["status"] == "SUCCEEDED", described
    return json.loads(described["output"])


def test_an_inventory_s_rows_and_objects_are_items(aws):
    s3, bucket = aws.client("s3"), f"inventory-{aws.account}"
    s3.create_bucket(Bucket=bucket)
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"in/{number}", Body=json.dumps([number, number + 10]).encode())
    rows = "".join(f'"{bucket}","in/{number}"\n' for number in range(3))
    s3.put_object(Bucket=bucket, Key="data.csv.gz", Body=gzip.compress(rows.encode()))
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "data.csv.gz"}],
    }
    s3.put_object(Bucket=bucket, Key="manifest.json", Body=json.dumps(manifest).encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "MANIFEST"},
        "Parameters": {"Bucket": bucket, "Key": "manifest.json"},
    }
    source = f"S3://{bucket}/data.csv.gz"
    expected = [{"item": {"Bucket": bucket, "Key": f"in/{number}"}, "from": source} for number in range(3)]
    assert gathered(aws, reader) == expected
    reader["ReaderConfig"] = {
        "InputType": "JSON",
        "ManifestType": "S3_INVENTORY",
        "Transformation": "LOAD_AND_FLATTEN",
    }
    assert [item["item"] for item in gathered(aws, reader)] == [0, 10, 1, 11, 2, 12]
    reader = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "ReaderConfig": {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 3},
        "Parameters": {"Bucket": bucket, "Prefix": "in/"},
    }
    assert gathered(aws, reader) == [
        {"item": 0, "from": f"S3://{bucket}/in/0"},
        {"item": 10, "from": f"S3://{bucket}/in/0"},
        {"item": 1, "from": f"S3://{bucket}/in/1"},
    ]


def test_what_athena_unloaded_is_read(aws):
    s3, bucket = aws.client("s3"), f"athena-{aws.account}"
    s3.create_bucket(Bucket=bucket)
    for number in range(2):
        lines = "".join(json.dumps({"n": number, "m": m}) + "\n" for m in range(2))
        s3.put_object(Bucket=bucket, Key=f"out/{number}.gz", Body=gzip.compress(lines.encode()))
    manifest = "".join(f"s3://{bucket}/out/{number}.gz\n" for number in range(2))
    s3.put_object(Bucket=bucket, Key="out-manifest.csv", Body=manifest.encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL", "ManifestType": "ATHENA_DATA"},
        "Parameters": {"Bucket": bucket, "Key": "out-manifest.csv"},
    }
    items = [item["item"] for item in gathered(aws, reader)]
    assert items == [{"n": n, "m": m} for n in range(2) for m in range(2)]


def test_children_are_listed_by_pages(aws):
    """A run of a hundred thousand items is the same, only longer."""
    s3, bucket, count = aws.client("s3"), f"pages-{aws.account}", 1200
    s3.create_bucket(Bucket=bucket)
    lines = "".join(json.dumps({"id": number}) + "\n" for number in range(count))
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=lines.encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": bucket, "Key": "in.jsonl"},
    }
    assert [item["item"]["id"] for item in gathered(aws, reader)] == list(range(count))
    [machine] = aws.stepfunctions.list_state_machines()["stateMachines"]
    [execution] = aws.stepfunctions.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    [run] = aws.stepfunctions.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    pages = aws.stepfunctions.get_paginator("list_executions").paginate(
        mapRunArn=run["mapRunArn"], PaginationConfig={"PageSize": 500}
    )
    listed = [len(page["executions"]) for page in pages]
    assert sum(listed) == count and max(listed) == 500


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
