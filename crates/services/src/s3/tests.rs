//! Objects as they are put, read, listed, copied and taken away; and what is left in the store afterwards: nothing.

use crate::context::Context;
use crate::keys::{Family, Key};
use crate::operation::{AnyRead, Staged};
use crate::s3::get_object::GetObjectOutput;
use crate::s3::*;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::testing::{World, input, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use stepwell_store::Direction;
use stepwell_wire::ApiError;

const MIB: usize = 1 << 20;
const HOUR_MS: u64 = 3_600_000;

fn world() -> World {
    let mut world = World::new();
    world.call(input::<CreateBucket>(json!({"Bucket": "bucket"}))).unwrap();
    world
}

fn put_input(key: &str, bytes: &[u8], more: Value) -> PutObject {
    let mut put = json!({"Bucket": "bucket", "Key": key, "Body": BASE64.encode(bytes)});
    put.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input(put)
}

fn put(world: &mut World, key: &str, bytes: &[u8]) -> Value {
    world.call(put_input(key, bytes, json!({}))).unwrap()
}

/// As the server does it: in stages, where it is large.
fn put_staged(world: &mut World, key: &str, bytes: &[u8], name: &str) -> Result<(), ApiError> {
    let put = Box::new(put_input(key, bytes, json!({})));
    for stage in put.stages(name) {
        world.send(Boxed(stage)).answer().unwrap()?;
    }
    world.send(Boxed(put.last(name))).answer().unwrap().map(drop)
}

struct Boxed(Box<dyn crate::operation::AnyCommand>);

impl crate::operation::AnyCommand for Boxed {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn apply_any(
        &self,
        tx: &mut crate::tx::Tx,
        context: &mut Context,
    ) -> Result<Box<dyn crate::operation::Reply>, crate::failure::Failure> {
        self.0.apply_any(tx, context)
    }
}

fn get(world: &World, more: Value) -> Result<GetObjectOutput, ApiError> {
    let mut get = json!({"Bucket": "bucket"});
    get.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let get: GetObject = input(get);
    let (settings, secrets) = (Settings::default(), Secrets::new([7; 32]));
    let context = Context::new(world.now_ms, request(), [0; 32], &settings, &secrets);
    get.read(&world.store.snapshot(), &context).map_err(|failure| match failure {
        crate::failure::Failure::Refused(error) => *error,
        other => panic!("{other:?}"),
    })
}

fn bytes(world: &World, key: &str) -> Vec<u8> {
    get(world, json!({"Key": key})).unwrap().bytes.to_vec()
}

fn list(world: &World, more: Value) -> Value {
    let mut list = json!({"Bucket": "bucket"});
    list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.read(&input::<ListObjectsV2>(list)).unwrap()
}

fn names(listed: &Value, member: &str, name: &str) -> Vec<String> {
    listed[member].as_array().unwrap().iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
}

fn rows_of_bodies(world: &World) -> usize {
    let count = |family| {
        let all = Key::new(family);
        world.store.scan(all.as_bytes(), &all.end(), Direction::Forward).count()
    };
    count(Family::ObjectBody) + count(Family::ObjectPiece)
}

#[test]
fn an_object_is_what_was_put_last() {
    let mut world = world();
    let answer = put(&mut world, "a", b"hello");
    assert_eq!(answer["ETag"], "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(bytes(&world, "a"), b"hello");
    put(&mut world, "a", b"");
    assert_eq!(bytes(&world, "a"), b"");
    assert_eq!(rows_of_bodies(&world), 0, "nothing is left of the object before");
    assert_eq!(get(&world, json!({"Key": "b"})).err().unwrap().code, "NoSuchKey");
}

#[test]
fn a_large_object_comes_in_by_stages_and_becomes_visible_with_the_last() {
    let mut world = world();
    let large: Vec<u8> = (0..3 * MIB + 7).map(|index| (index / 1000) as u8).collect();
    let stages = put_input("a", &large, json!({})).body.stages("bucket", "x");
    assert_eq!(stages.len(), 4);
    put_staged(&mut world, "a", &large, "first").unwrap();
    assert_eq!(bytes(&world, "a"), large);
    let range = get(&world, json!({"Key": "a", "Range": "bytes=1048570-1048580"})).unwrap();
    assert_eq!(range.bytes, large[1_048_570..=1_048_580]);
    world.call(input::<DeleteObject>(json!({"Bucket": "bucket", "Key": "a"}))).unwrap();
    assert_eq!(rows_of_bodies(&world), 0, "thirteen pieces go in turns");
}

#[test]
fn what_was_never_finished_is_given_up_after_an_hour() {
    let mut world = world();
    let put = put_input("a", &vec![1; 2 * MIB], json!({}));
    let stage = put.body.stages("bucket", "lost").into_iter().next().unwrap();
    world.send(Boxed(stage)).answer().unwrap().unwrap();
    let mut world = world.restart();
    assert!(rows_of_bodies(&world) > 0);
    world.pass(HOUR_MS);
    assert_eq!(rows_of_bodies(&world), 0);
    let late = Box::new(put).last("lost");
    assert_eq!(world.send(Boxed(late)).answer().unwrap().unwrap_err().code, "RequestTimeout");
}

#[test]
fn a_copy_shares_the_bytes_until_the_last_one_goes() {
    let mut world = world();
    put(&mut world, "a b", b"hello");
    let copy = json!({"Bucket": "bucket", "Key": "c", "CopySource": "/bucket/a%20b"});
    world.call(input::<CopyObject>(copy)).unwrap();
    let before = rows_of_bodies(&world);
    world.call(input::<DeleteObject>(json!({"Bucket": "bucket", "Key": "a b"}))).unwrap();
    assert_eq!((bytes(&world, "c"), rows_of_bodies(&world)), (b"hello".to_vec(), before));
    let itself = json!({"Bucket": "bucket", "Key": "c", "CopySource": "bucket/c"});
    assert_eq!(world.call(input::<CopyObject>(itself)).unwrap_err().code, "InvalidRequest");
    let all = json!({"Bucket": "bucket", "Delete": {"Objects": [{"Key": "c"}, {"Key": "gone"}]}});
    let answer = world.call(input::<DeleteObjects>(all)).unwrap();
    assert_eq!(names(&answer, "Deleted", "Key"), ["c", "gone"]);
    assert_eq!(rows_of_bodies(&world), 0);
}

#[test]
fn parts_become_an_object_in_their_order() {
    let mut world = world();
    let begin = json!({"Bucket": "bucket", "Key": "a", "ContentType": "x/y"});
    let upload = world.call(input::<CreateMultipartUpload>(begin)).unwrap()["UploadId"].clone();
    let send = |world: &mut World, number: u64, bytes: Vec<u8>| {
        let part = json!({"Bucket": "bucket", "Key": "a", "UploadId": upload, "PartNumber": number, "Body": BASE64.encode(bytes)});
        world.call(input::<UploadPart>(part)).unwrap()["ETag"].clone()
    };
    let small = send(&mut world, 1, vec![9; 10]);
    let first = send(&mut world, 1, vec![1; 5 * MIB]);
    let second = send(&mut world, 3, vec![2; 3]);
    send(&mut world, 4, vec![3; 3]);
    let complete = |parts: Value| {
        let parts =
            json!({"Bucket": "bucket", "Key": "a", "UploadId": upload, "MultipartUpload": {"Parts": parts}});
        input::<CompleteMultipartUpload>(parts)
    };
    let named = |number: u64, etag: &Value| json!({"PartNumber": number, "ETag": etag});
    let refused = |world: &mut World, parts| world.call(complete(parts)).unwrap_err().code.into_owned();
    assert_eq!(refused(&mut world, json!([])), "MalformedXML");
    assert_eq!(refused(&mut world, json!([named(1, &small)])), "InvalidPart");
    assert_eq!(refused(&mut world, json!([named(3, &second), named(1, &first)])), "InvalidPartOrder");
    assert_eq!(refused(&mut world, json!([named(3, &second), named(4, &second)])), "InvalidPart");
    let answer = world.call(complete(json!([named(1, &first), named(3, &second)]))).unwrap();
    assert!(answer["ETag"].as_str().unwrap().ends_with("-2\""));
    let object = bytes(&world, "a");
    assert_eq!((object.len(), object[5 * MIB]), (5 * MIB + 3, 2));
    assert_eq!(refused(&mut world, json!([named(1, &first)])), "NoSuchUpload");
}

#[test]
fn an_upload_that_is_aborted_leaves_nothing() {
    let mut world = world();
    let begin = json!({"Bucket": "bucket", "Key": "a"});
    let upload = world.call(input::<CreateMultipartUpload>(begin.clone())).unwrap()["UploadId"].clone();
    let mut part = begin;
    part.as_object_mut()
        .unwrap()
        .extend(json!({"UploadId": upload, "PartNumber": 1}).as_object().unwrap().clone());
    world
        .call(input::<UploadPart>({
            let mut part = part.clone();
            part["Body"] = json!(BASE64.encode([1; 9]));
            part
        }))
        .unwrap();
    let listed = world.read(&input::<ListMultipartUploads>(json!({"Bucket": "bucket"}))).unwrap();
    assert_eq!(names(&listed, "Uploads", "Key"), ["a"]);
    assert_eq!(
        world.call(input::<DeleteBucket>(json!({"Bucket": "bucket"}))).unwrap_err().code,
        "BucketNotEmpty"
    );
    world.call(input::<AbortMultipartUpload>(part)).unwrap();
    assert_eq!(rows_of_bodies(&world), 0);
    world.call(input::<DeleteBucket>(json!({"Bucket": "bucket"}))).unwrap();
}

#[test]
fn many_parts_that_nobody_wants_go_by_turns() {
    for is_completed in [true, false] {
        let mut world = world();
        let begin = json!({"Bucket": "bucket", "Key": "a"});
        let upload = world.call(input::<CreateMultipartUpload>(begin)).unwrap()["UploadId"].clone();
        let etags: Vec<Value> = (1..=100)
            .map(|number| {
                let part = json!({"Bucket": "bucket", "Key": "a", "UploadId": upload, "PartNumber": number, "Body": BASE64.encode([7; 9])});
                world.call(input::<UploadPart>(part)).unwrap()["ETag"].clone()
            })
            .collect();
        let mut over = json!({"Bucket": "bucket", "Key": "a", "UploadId": upload});
        if is_completed {
            over["MultipartUpload"] = json!({"Parts": [{"PartNumber": 50, "ETag": etags[49]}]});
            world.call(input::<CompleteMultipartUpload>(over)).unwrap();
            assert_eq!(bytes(&world, "a"), [7; 9]);
            world.call(input::<DeleteObject>(json!({"Bucket": "bucket", "Key": "a"}))).unwrap();
        } else {
            world.call(input::<AbortMultipartUpload>(over)).unwrap();
        }
        assert_eq!(rows_of_bodies(&world), 0);
        world.call(input::<DeleteBucket>(json!({"Bucket": "bucket"}))).unwrap();
    }
}

#[test]
fn a_list_goes_by_pages_and_rolls_up_what_is_below_a_delimiter() {
    let mut world = world();
    for key in ["a/1", "a/2", "a\u{0}z", "b", "b/1", "c/1", "é"] {
        put(&mut world, key, b"x");
    }
    let listed = list(&world, json!({"Delimiter": "/"}));
    assert_eq!(names(&listed, "Contents", "Key"), ["a\u{0}z", "b", "é"]);
    assert_eq!(names(&listed, "CommonPrefixes", "Prefix"), ["a/", "b/", "c/"]);
    assert_eq!(names(&list(&world, json!({"Prefix": "a/"})), "Contents", "Key"), ["a/1", "a/2"]);
    assert_eq!(names(&list(&world, json!({"StartAfter": "b"})), "Contents", "Key"), ["b/1", "c/1", "é"]);
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let page = list(&world, json!({"Delimiter": "/", "MaxKeys": 1, "ContinuationToken": token}));
        seen.extend(names(&page, "Contents", "Key"));
        seen.extend(names(&page, "CommonPrefixes", "Prefix"));
        token = page["NextContinuationToken"].clone();
        assert_eq!(page["IsTruncated"], !token.is_null());
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["a\u{0}z", "a/", "b", "b/", "c/", "é"]);
    let encoded = list(&world, json!({"EncodingType": "url", "Prefix": "a"}));
    assert_eq!(names(&encoded, "Contents", "Key"), ["a%00z", "a/1", "a/2"]);
}

#[test]
fn conditions_hold_back_reads_and_writes() {
    let mut world = world();
    let etag = put(&mut world, "a", b"hello")["ETag"].clone();
    let code = |result: Result<Value, ApiError>| {
        result.map_or_else(|error| error.code.into_owned(), |_| "ok".to_owned())
    };
    for (condition, key, expected) in [
        (json!({"IfNoneMatch": "*"}), "a", "PreconditionFailed"),
        (json!({"IfNoneMatch": "*"}), "b", "ok"),
        (json!({"IfMatch": "\"x\""}), "a", "PreconditionFailed"),
        (json!({"IfMatch": etag}), "a", "ok"),
        (json!({"IfMatch": etag}), "c", "NoSuchKey"),
    ] {
        assert_eq!(code(world.call(put_input(key, b"hello", condition.clone()))), expected, "{condition}");
    }
    for (condition, expected) in [
        (json!({"IfNoneMatch": etag}), 304),
        (json!({"IfMatch": "x"}), 412),
        (json!({"IfModifiedSince": "Mon, 01 Jan 2035 00:00:00 GMT"}), 304),
        (json!({"IfUnmodifiedSince": "Mon, 01 Jan 2001 00:00:00 GMT"}), 412),
        (json!({"Range": "bytes=5-"}), 416),
    ] {
        let mut get_input = json!({"Key": "a"});
        get_input.as_object_mut().unwrap().extend(condition.as_object().unwrap().clone());
        assert_eq!(get(&world, get_input).err().unwrap().status, expected, "{condition}");
    }
}

#[test]
fn names_and_sizes_have_bounds() {
    let mut world = world();
    let code = |result: Result<Value, ApiError>| result.unwrap_err().code.into_owned();
    for name in ["", "A", "a..b"] {
        let made = world.call(input::<CreateBucket>(json!({"Bucket": name})));
        assert_eq!(code(made), "InvalidBucketName", "{name}");
    }
    assert_eq!(code(world.call(put_input(&"k".repeat(1025), b"", json!({})))), "KeyTooLongError");
    world.call(put_input(&"k".repeat(1024), b"", json!({}))).unwrap();
    let nowhere = json!({"Bucket": "nowhere", "Key": "a"});
    assert_eq!(code(world.call(input::<PutObject>(nowhere))), "NoSuchBucket");
    let head: HeadObject = input(json!({"Bucket": "bucket", "Key": "k", "PartNumber": 0}));
    let mut put_one = |key: &str| put(&mut world, key, b"x");
    put_one("k");
    assert_eq!(world.read(&head).unwrap_err().status, 416);
    let get: GetObject = input(json!({"Bucket": "bucket", "Key": "k", "PartNumber": 1}));
    let _: &dyn AnyRead = &get;
}
