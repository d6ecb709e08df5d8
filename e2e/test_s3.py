"""Buckets and objects as AWS's clients use them: boto3, its transfers, the command line, links, and hostile requests."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from harness.clients import Aws

MIB = 1 << 20


@pytest.fixture
def bucket(aws):
    """An empty bucket whose name nobody else has."""
    name = f"bucket-{aws.account}"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def code(call, **arguments):
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_an_object_comes_back_as_it_was_put(aws, bucket):
    s3 = aws.client("s3")
    key = "folder/with space+ä%2F.txt"
    put = s3.put_object(Bucket=bucket, Key=key, Body=b"hello", ContentType="text/x", Metadata={"a": "1"})
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key=key)
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["Metadata"], got["ContentLength"]) == ("text/x", {"a": "1"}, 5)
    head = s3.head_object(Bucket=bucket, Key=key)
    assert (head["ContentLength"], head["ETag"]) == (5, put["ETag"])
    part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=1-3")
    assert (part["Body"].read(), part["ContentRange"]) == (b"ell", "bytes 1-3/5")
    assert [listed["Key"] for listed in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert code(s3.get_object, Bucket=bucket, Key="nothing") == "NoSuchKey"
    assert code(s3.head_object, Bucket=bucket, Key="nothing") == "404"
    assert code(s3.get_object, Bucket=bucket, Key=key, IfNoneMatch=put["ETag"]) == "304"
    assert code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)
    assert code(s3.list_objects_v2, Bucket=bucket) == "NoSuchBucket"
    assert code(s3.head_bucket, Bucket=bucket) == "404"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_verified_and_kept(aws, bucket, algorithm):
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello" and got[f"Checksum{algorithm}"]
    wrong = {f"Checksum{algorithm}": "AAAAAA=="}
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"other", **wrong) == "BadDigest"


def test_large_files_are_transferred_in_parts(aws, bucket, tmp_path):
    s3 = aws.client("s3")
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(21 * MIB + 5))
    s3.upload_file(str(source), bucket, "large")
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ContentLength"] == 21 * MIB + 5 and head["ETag"].endswith('-3"')
    s3.download_file(bucket, "large", str(target))
    assert target.read_bytes() == source.read_bytes()
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "large"})
    s3.delete_object(Bucket=bucket, Key="large")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == source.read_bytes()


def test_lists_go_by_pages(aws, bucket):
    s3 = aws.client("s3")
    for number in range(7):
        s3.put_object(Bucket=bucket, Key=f"{'ab'[number % 2]}/{number}", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == ["a/0", "a/2", "a/4", "a/6", "b/1", "b/3", "b/5"]
    folders = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in folders["CommonPrefixes"]] == ["a/", "b/"] and folders["KeyCount"] == 2
    older = s3.list_objects(Bucket=bucket, Prefix="b/", MaxKeys=2)
    assert older["IsTruncated"] and len(older["Contents"]) == 2
    keys = [{"Key": f"{'ab'[number % 2]}/{number}"} for number in range(7)]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})["Deleted"]) == 7
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_bucket_stands_in_the_host_as_well(server, aws, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"hello")
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    credential = f"{aws.access_key_id}/20260101/us-east-1/s3/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=x"
    for host in [f"{bucket}.s3.localhost", f"{bucket}.localhost", f"{bucket}.s3.us-east-1.localhost"]:
        connection.request("GET", "/k", headers={"Host": host, "Authorization": authorization})
        assert connection.getresponse().read() == b"hello"


def test_a_link_is_followed_and_signatures_hold_where_they_are_required(start_server):
    aws = Aws.root(start_server("--auth", "required"))
    s3 = aws.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="locked")
    link = s3.generate_presigned_url("put_object", Params={"Bucket": "locked", "Key": "k"})
    put = urllib.request.Request(link, data=b"by link", method="PUT", headers={"Content-Type": ""})
    assert urllib.request.urlopen(put).status == 200
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "locked", "Key": "k"})
    assert urllib.request.urlopen(link).read() == b"by link"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link.replace("/k?", "/other?"))
    assert refused.value.code == 403 and b"SignatureDoesNotMatch" in refused.value.read()
    stranger = Aws(aws.url, aws.access_key_id, "wrong").client("s3")
    assert code(stranger.list_buckets) == "SignatureDoesNotMatch"
    assert code(Aws(aws.url, "AKIAIOSFODNN7EXAMPLE").client("s3").list_buckets) == "InvalidAccessKeyId"


def test_another_account_may_not_look(server, aws, bucket):
    other = Aws(server.url, "999999999999").client("s3")
    assert code(other.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert code(other.create_bucket, Bucket=bucket) == "BucketAlreadyExists"
    assert bucket not in [one["Name"] for one in other.list_buckets()["Buckets"]]
    assert bucket in [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]]


def test_the_command_line_copies_lists_and_removes(command_line, aws, tmp_path):
    name = f"cli-{aws.account}"
    file = tmp_path / "file.txt"
    file.write_text("hello")
    command_line.text("s3", "mb", f"s3://{name}")
    command_line.text("s3", "cp", str(file), f"s3://{name}/folder/file.txt")
    assert "folder/file.txt" in command_line.text("s3", "ls", "--recursive", f"s3://{name}")
    command_line.text("s3", "cp", f"s3://{name}/folder/file.txt", str(tmp_path / "back.txt"))
    assert (tmp_path / "back.txt").read_text() == "hello"
    command_line.text("s3", "sync", str(tmp_path), f"s3://{name}/synced")
    command_line.text("s3", "rb", "--force", f"s3://{name}")


@pytest.mark.parametrize(
    "method, path, headers, body, status, code",
    [
        ("PUT", "/b/k", {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, b"ffffffffffffffff\r\nx", 400, "IncompleteBody"),
        ("PUT", "/b/k?acl", {}, b"", 501, "NotImplemented"),
        ("POST", "/nowhere?delete", {}, b"<Delete>" * 1000, 400, "MalformedXML"),
        ("GET", "/b/%ff", {}, b"", 501, "NotImplemented"),
        ("PUT", "/B", {}, b"", 400, "InvalidBucketName"),
        ("PUT", "/nowhere/k", {"Content-MD5": "x"}, b"a", 400, "InvalidDigest"),
    ],
)
def test_hostile_requests_are_refused_in_s3s_words(server, method, path, headers, body, status, code):
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", **headers}
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    assert (response.status, f"<Code>{code}</Code>" in text) == (status, True), text
