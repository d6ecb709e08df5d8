//! Items from several objects: the lists that name them, what they are compressed with, and where the context object says
//! that an item came from.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn manifest(format: &str, files: &[&str]) -> String {
    let files: Vec<_> = files.iter().map(|key| json!({"key": key, "size": 1, "MD5checksum": "x"})).collect();
    json!({
        "sourceBucket": "bucket",
        "destinationBucket": "arn:aws:s3:::bucket",
        "version": "2016-11-30",
        "creationTimestamp": "1514944800000",
        "fileFormat": format,
        "fileSchema": "Bucket, Key, Size",
        "files": files
    })
    .to_string()
}

/// A state machine whose items are selected with where they come from.
fn with_source(mut reads: Value) -> World {
    reads["ItemSelector"] = json!({"item.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"});
    world(&definition(pass(), reads))
}

fn from(item: Value, from: &str) -> Value {
    json!({"item": item, "from": from})
}

fn fails_with(world: &mut World, cause: &str) {
    let arn = start(world, &json!({}));
    let described = describe(world, &arn);
    assert_eq!(described["error"], "States.ItemReaderFailed", "{described}");
    assert!(described["cause"].as_str().unwrap().contains(cause), "{described}");
}

fn manifest_reader(config: Value) -> Value {
    reader("getObject", json!({"Bucket": "bucket", "Key": "manifest"}), config)
}

#[test]
fn an_inventory_s_rows_are_items() {
    let mut world = with_source(manifest_reader(json!({"InputType": "MANIFEST"})));
    put(&mut world, "manifest", manifest("CSV", &["1.csv.gz", "empty.csv.gz", "2.csv.gz"]));
    put(&mut world, "1.csv.gz", gzip("\"bucket\",\"a%20b\",\"5\"\n\"bucket\",\"c\",\"6\"\n"));
    put(&mut world, "empty.csv.gz", gzip(""));
    put(&mut world, "2.csv.gz", gzip("\"bucket\",\"d\",\"7\"\n"));
    let arn = start(&mut world, &json!({}));
    let row = |key: &str, size: &str| json!({"Bucket": "bucket", "Key": key, "Size": size});
    let expected = json!([
        from(row("a%20b", "5"), "S3://bucket/1.csv.gz"),
        from(row("c", "6"), "S3://bucket/1.csv.gz"),
        from(row("d", "7"), "S3://bucket/2.csv.gz"),
    ]);
    assert_eq!(output(&world, &arn), expected);
}

#[test]
fn an_inventory_s_objects_are_loaded() {
    let config =
        json!({"InputType": "JSONL", "ManifestType": "S3_INVENTORY", "Transformation": "LOAD_AND_FLATTEN"});
    let mut world = with_source(manifest_reader(config));
    put(&mut world, "manifest", manifest("CSV", &["1.csv.gz", "2.csv.gz"]));
    put(&mut world, "1.csv.gz", gzip("bucket,a%20b,5\nbucket,c,6\n"));
    put(&mut world, "2.csv.gz", gzip("bucket,d+e,7\n"));
    put(&mut world, "a b", "1\n2\n");
    put(&mut world, "c", gzip("3\n"));
    put(&mut world, "d e", "4");
    let arn = start(&mut world, &json!({}));
    let expected = json!([
        from(json!(1), "S3://bucket/a b"),
        from(json!(2), "S3://bucket/a b"),
        from(json!(3), "S3://bucket/c"),
        from(json!(4), "S3://bucket/d e"),
    ]);
    assert_eq!(output(&world, &arn), expected);
}

#[test]
fn what_athena_unloaded_is_read() {
    let csv = json!({"InputType": "CSV", "ManifestType": "ATHENA_DATA", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["k", "v"]});
    let lines = json!({"InputType": "JSONL", "ManifestType": "ATHENA_DATA"});
    for (config, text) in [(csv, "1,2\n"), (lines, "{\"k\":\"1\",\"v\":\"2\"}\n")] {
        let mut world = with_source(manifest_reader(config));
        put(&mut world, "manifest", "s3://bucket/out/1.gz\ns3://bucket/out/2.gz\n");
        put(&mut world, "out/1.gz", gzip(text));
        put(&mut world, "out/2.gz", text);
        let arn = start(&mut world, &json!({}));
        let item = json!({"k": "1", "v": "2"});
        let expected =
            json!([from(item.clone(), "S3://bucket/out/1.gz"), from(item, "S3://bucket/out/2.gz")]);
        assert_eq!(output(&world, &arn), expected);
    }
}

#[test]
fn a_bucket_s_objects_are_loaded_one_after_the_other() {
    let config = json!({"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 5});
    let mut reads = reader("listObjectsV2", json!({"Bucket": "bucket", "Prefix": "in/"}), config);
    reads["MaxConcurrency"] = json!(1);
    reads["ItemBatcher"] = json!({"MaxItemsPerBatch": 2});
    let mut world = world(&definition(callback(), reads));
    put(&mut world, "in/", "");
    put(&mut world, "in/1", "[1, 2, 3]");
    put(&mut world, "in/2", "[]");
    put(&mut world, "in/3", gzip("[4, 5, 6]"));
    let arn = start(&mut world, &json!({}));
    let mut answered = 0;
    while describe(&world, &arn)["status"] == "RUNNING" {
        for token in tokens(&mut world) {
            world
                .call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": answered.to_string()})))
                .unwrap();
            answered += 1;
        }
        world = world.restart();
    }
    // A batch ends with its file.
    assert_eq!(output(&world, &arn), json!([0, 1, 2]));
    assert_eq!(run(&world, &arn)["itemCounts"]["total"], 5);
}

#[test]
fn what_is_kept_of_several_files_is_given_back() {
    let config = json!({"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"});
    let mut reads = reader("listObjectsV2", json!({"Bucket": "bucket"}), config);
    reads["MaxConcurrency"] = json!(1);
    let mut world = world(&definition(callback(), reads));
    put(&mut world, "1", gzip("[1, 2, 3]"));
    let arn = start(&mut world, &json!({}));
    world.call(input::<DeleteObject>(json!({"Bucket": "bucket", "Key": "1"}))).unwrap();
    assert!(rows(&world, Family::ObjectPiece) > 0, "the run keeps what it unpacked");
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    assert!(rows(&world, Family::ObjectPiece) > 0, "the run can be redriven");
    world.pass(91 * 24 * 3_600_000);
    assert_eq!(rows(&world, Family::ObjectPiece), 0);
}

#[test]
fn members_of_an_object_are_items_with_a_key() {
    let selector = json!({"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index"});
    let object = json!({"b": 1, "a": {"x": [2]}});
    let expected = json!([{"k": "b", "v": 1, "n": 0}, {"k": "a", "v": {"x": [2]}, "n": 1}]);
    let mut from_state = world(&definition(pass(), json!({"ItemsPath": "$.o", "ItemSelector": selector})));
    let arn = start(&mut from_state, &json!({"o": object}));
    assert_eq!(output(&from_state, &arn), expected);
    let config = json!({"InputType": "JSON", "ItemsPointer": "/o"});
    let mut reads = reader("getObject", json!({"Bucket": "bucket", "Key": "items"}), config);
    reads["ItemSelector"] = selector;
    let mut from_bucket = world(&definition(pass(), reads));
    put(&mut from_bucket, "items", json!({"o": object}).to_string());
    let arn = start(&mut from_bucket, &json!({}));
    assert_eq!(output(&from_bucket, &arn), expected);
    let mut as_pairs = world(&definition(pass(), json!({})));
    let arn = start(&mut as_pairs, &object);
    assert_eq!(output(&as_pairs, &arn), json!([{"Key": "b", "Value": 1}, {"Key": "a", "Value": {"x": [2]}}]));
    let arn = start(&mut as_pairs, &json!({}));
    assert_eq!(output(&as_pairs, &arn), json!([]));
}

#[test]
fn results_are_shaped_as_the_writer_says() {
    let written = |config: Value| {
        let mut world = world(&definition(pass(), json!({"ResultWriter": {"WriterConfig": config}})));
        let arn = start(&mut world, &json!([[1, 2], 3]));
        output(&world, &arn)
    };
    assert_eq!(written(json!({"OutputType": "JSON"})), json!([[1, 2], 3]));
    assert_eq!(written(json!({"Transformation": "COMPACT", "OutputType": "JSONL"})), "[1,2]\n3");
    assert_eq!(written(json!({"Transformation": "FLATTEN"})), json!([1, 2, 3]));
    let whole = written(json!({"Transformation": "NONE"}));
    assert_eq!((&whole[0]["Output"], &whole[1]["Status"]), (&json!("[1,2]"), &json!("SUCCEEDED")));
}

#[test]
fn an_item_s_source_is_the_state_or_the_bucket() {
    let mut world = with_source(json!({}));
    let arn = start(&mut world, &json!([7]));
    assert_eq!(output(&world, &arn), json!([from(json!(7), "STATE_DATA")]));
    let mut world = with_source(reader("listObjectsV2", json!({"Bucket": "bucket"}), json!({})));
    put(&mut world, "x", "y");
    let arn = start(&mut world, &json!({}));
    assert_eq!(output(&world, &arn)[0]["from"], "S3://bucket");
}

#[test]
fn lists_and_files_that_can_not_be_read_fail_the_run() {
    let inventory = || manifest_reader(json!({"InputType": "MANIFEST"}));
    for (text, cause) in [
        ("[1]".to_owned(), "isn't one of S3 Inventory"),
        ("1".to_owned(), "non-iterable"),
        (manifest("ORC", &["1"]), "format ORC can't be read"),
        (manifest("CSV", &["none"]), "NoSuchKey"),
        (manifest("CSV", &["bad"]), "isn't valid gzip: S3://bucket/bad"),
        (manifest("CSV", &["large"]), "has more than 16 MiB: S3://bucket/large"),
    ] {
        let mut world = world(&definition(pass(), inventory()));
        put(&mut world, "manifest", text);
        put(&mut world, "bad", [0x1f, 0x8b, 1, 2]);
        if cause.contains("large") {
            put(&mut world, "large", gzip(&"x".repeat((16 << 20) + 1)));
        }
        fails_with(&mut world, cause);
    }
    let athena = manifest_reader(json!({"InputType": "CSV", "ManifestType": "ATHENA_DATA"}));
    let mut world = world(&definition(pass(), athena));
    put(&mut world, "manifest", "https://bucket/x\n");
    fails_with(&mut world, "names no object");
}
