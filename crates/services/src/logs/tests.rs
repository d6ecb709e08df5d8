//! Log groups, streams and events through the shard.

use super::*;
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Family, Key, Scope};
use crate::operation::{AnyCommand, Reply};
use crate::testing::{ACCOUNT, REGION, World, input};
use crate::tx::Tx;
use serde_json::{Value, json};
use stepwell_store::Direction;

const GROUP: &str = "/aws/lambda/f";
const DAY_MS: u64 = 86_400_000;

fn world() -> World {
    let mut world = World::new();
    world.call(input::<CreateLogGroup>(json!({"logGroupName": GROUP}))).unwrap();
    world
}

fn create_stream(world: &mut World, name: &str) {
    world.call(input::<CreateLogStream>(json!({"logGroupName": GROUP, "logStreamName": name}))).unwrap();
}

/// Puts events at these offsets from now, whose messages are their offsets.
fn put(world: &mut World, stream: &str, offsets: &[i64]) -> Value {
    let now_ms = i64::try_from(world.now_ms).unwrap();
    let event = |offset: &i64| json!({"timestamp": now_ms + offset, "message": format!("{stream}{offset}")});
    let events: Vec<_> = offsets.iter().map(event).collect();
    let put = json!({"logGroupName": GROUP, "logStreamName": stream, "logEvents": events});
    world.call(input::<PutLogEvents>(put)).unwrap()
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

fn get(world: &World, stream: &str, more: Value) -> Value {
    let get = with(json!({"logGroupName": GROUP, "logStreamName": stream}), more);
    world.read(&input::<GetLogEvents>(get)).unwrap()
}

fn filter(world: &World, more: Value) -> Value {
    world.read(&input::<FilterLogEvents>(with(json!({"logGroupName": GROUP}), more))).unwrap()
}

fn messages(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect()
}

fn count(world: &World, family: Family) -> usize {
    let all = Key::new(family);
    world.store.snapshot().scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, stepwell_wire::ApiError>) -> (String, String) {
    let error = answer.unwrap_err();
    (error.code.to_string(), error.message)
}

#[test]
fn a_stream_is_read_in_order_of_time_both_ways() {
    let mut world = world();
    create_stream(&mut world, "s");
    put(&mut world, "s", &[0, 10, 90_000, 90_001]);
    // Put later, and in between: rows overlap.
    put(&mut world, "s", &[-5, 5, 20, 89_999]);
    put(&mut world, "s", &[5, 5]);
    let order = ["s-5", "s0", "s5", "s5", "s5", "s10", "s20", "s89999", "s90000", "s90001"];
    assert_eq!(messages(&get(&world, "s", json!({"startFromHead": true}))), order);
    assert_eq!(messages(&get(&world, "s", json!({}))), order);
    for limit in 1..=order.len() {
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        let mut page = get(&world, "s", json!({"startFromHead": true, "limit": limit}));
        while !messages(&page).is_empty() {
            forward.extend(messages(&page).into_iter().map(str::to_owned));
            page = get(&world, "s", json!({"limit": limit, "nextToken": page["nextForwardToken"]}));
        }
        assert_eq!(forward, order, "pages of {limit}");
        let mut page = get(&world, "s", json!({"limit": limit}));
        while !messages(&page).is_empty() {
            backward.splice(0..0, messages(&page).into_iter().map(str::to_owned));
            page = get(&world, "s", json!({"limit": limit, "nextToken": page["nextBackwardToken"]}));
        }
        assert_eq!(backward, order, "pages of {limit}, backwards");
    }
}

#[test]
fn a_reader_at_the_end_keeps_its_token_and_sees_what_comes() {
    let mut world = world();
    create_stream(&mut world, "s");
    let empty = get(&world, "s", json!({"startFromHead": true}));
    assert_eq!(messages(&empty), Vec::<&str>::new());
    put(&mut world, "s", &[0, 1]);
    let first = get(&world, "s", json!({"nextToken": empty["nextForwardToken"]}));
    assert_eq!(messages(&first), ["s0", "s1"]);
    let end = get(&world, "s", json!({"nextToken": first["nextForwardToken"]}));
    assert_eq!(end["nextForwardToken"], first["nextForwardToken"]);
    put(&mut world, "s", &[2]);
    let more = get(&world, "s", json!({"nextToken": end["nextForwardToken"]}));
    assert_eq!(messages(&more), ["s2"]);
    let back = get(&world, "s", json!({"nextToken": more["nextBackwardToken"]}));
    assert_eq!(messages(&back), ["s0", "s1"]);
    for token in
        ["", "f/", "x/1/s", "f/é/s", &format!("f/{}/s", "9".repeat(56)), &format!("b/{}", "1".repeat(56))]
    {
        let get = json!({"logGroupName": GROUP, "logStreamName": "s", "nextToken": token});
        let refused = refusal(world.read(&input::<GetLogEvents>(get)));
        let expected = ("InvalidParameterException", "The specified nextToken is invalid.");
        assert_eq!((refused.0.as_str(), refused.1.as_str()), expected, "{token}");
    }
}

#[test]
fn the_window_of_a_stream_ends_before_its_end_time() {
    let mut world = world();
    create_stream(&mut world, "s");
    put(&mut world, "s", &[0, 1, 2, 3]);
    let window = json!({"startTime": world.now_ms + 1, "endTime": world.now_ms + 3});
    assert_eq!(messages(&get(&world, "s", window.clone())), ["s1", "s2"]);
    assert_eq!(messages(&filter(&world, window)), ["s1", "s2", "s3"]);
}

#[test]
fn a_group_is_read_in_one_order_of_time() {
    let mut world = world();
    for name in ["a", "b", "c"] {
        create_stream(&mut world, name);
    }
    put(&mut world, "a", &[0, 2, 70_000]);
    put(&mut world, "b", &[1, 3, 69_999]);
    let order = ["a0", "b1", "a2", "b3", "b69999", "a70000"];
    assert_eq!(messages(&filter(&world, json!({}))), order);
    let mut seen = Vec::new();
    let mut page = filter(&world, json!({"limit": 2}));
    loop {
        seen.extend(messages(&page).into_iter().map(str::to_owned));
        let Some(token) = page.get("nextToken") else { break };
        page = filter(&world, json!({"limit": 2, "nextToken": token}));
    }
    assert_eq!(seen, order);
    let all = filter(&world, json!({}));
    let ids: std::collections::BTreeSet<_> =
        all["events"].as_array().unwrap().iter().map(|event| event["eventId"].to_string()).collect();
    assert_eq!(ids.len(), order.len(), "each event has an id of its own");
    assert_eq!(all["events"][0]["logStreamName"], "a");
    assert_eq!(messages(&filter(&world, json!({"logStreamNames": ["b"]}))), ["b1", "b3", "b69999"]);
    assert_eq!(messages(&filter(&world, json!({"logStreamNamePrefix": "a"}))), ["a0", "a2", "a70000"]);
    assert_eq!(messages(&filter(&world, json!({"filterPattern": "?a0 ?b1"}))), ["a0", "b1"]);
    let late = json!({"startTime": world.now_ms + 69_999});
    assert_eq!(messages(&filter(&world, late)), ["b69999", "a70000"]);
    let cases = [
        (json!({"logStreamNames": ["x"]}), "The specified log stream does not exist."),
        (json!({"nextToken": "x"}), "The specified nextToken is invalid."),
        (json!({"filterPattern": "{"}), "Invalid filter pattern"),
        (
            json!({"limit": 10001}),
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
        ),
    ];
    for (more, message) in cases {
        let filter = with(json!({"logGroupName": GROUP}), more);
        assert_eq!(refusal(world.read(&input::<FilterLogEvents>(filter))).1, message);
    }
}

#[test]
fn a_long_search_goes_on_by_token() {
    let mut world = world();
    create_stream(&mut world, "s");
    for _ in 0..3 {
        let offsets: Vec<_> = (0..9000).collect();
        put(&mut world, "s", &offsets);
    }
    let first = filter(&world, json!({"filterPattern": "nothing"}));
    assert_eq!(messages(&first), Vec::<&str>::new());
    let second = filter(&world, json!({"filterPattern": "nothing", "nextToken": first["nextToken"]}));
    assert_eq!(second.get("nextToken"), None);
}

#[test]
fn what_is_put_is_checked() {
    let mut world = world();
    create_stream(&mut world, "s");
    let now_ms = world.now_ms;
    let event = |timestamp: u64, message: &str| json!({"timestamp": timestamp, "message": message});
    let cases = [
        (
            json!([]),
            "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            json!([event(now_ms, "")]),
            "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            json!([event(now_ms + 1, "a"), event(now_ms, "b")]),
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            json!([event(now_ms - DAY_MS - 1, "a"), event(now_ms, "b")]),
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ),
        (
            json!([event(now_ms, &"a".repeat(1 << 20))]),
            "Upload too large: 1048602 bytes exceeds limit of 1048576",
        ),
    ];
    for (events, message) in cases {
        let put = json!({"logGroupName": GROUP, "logStreamName": "s", "logEvents": events});
        let refused = refusal(world.call(input::<PutLogEvents>(put)));
        assert_eq!(refused, ("InvalidParameterException".to_owned(), message.to_owned()));
    }
    let hour_ms = 3_600_000;
    assert_eq!(
        put(&mut world, "s", &[hour_ms, 2 * hour_ms, 2 * hour_ms + 1])["rejectedLogEventsInfo"],
        json!({"tooNewLogEventStartIndex": 2})
    );
    let old = i64::try_from(14 * DAY_MS).unwrap();
    assert_eq!(
        put(&mut world, "s", &[-old - 2, -old - 1, -old])["rejectedLogEventsInfo"],
        json!({"tooOldLogEventEndIndex": 2})
    );
    world.call(input::<PutRetentionPolicy>(json!({"logGroupName": GROUP, "retentionInDays": 1}))).unwrap();
    let day = i64::try_from(DAY_MS).unwrap();
    assert_eq!(
        put(&mut world, "s", &[-day - 1, -day])["rejectedLogEventsInfo"],
        json!({"expiredLogEventEndIndex": 1})
    );
    assert_eq!(put(&mut world, "s", &[0]).get("rejectedLogEventsInfo"), None);
}

#[test]
fn names_are_checked_and_must_be_there_or_free() {
    let mut world = world();
    create_stream(&mut world, "s");
    let create =
        |world: &mut World, name: &str| world.call(input::<CreateLogGroup>(json!({"logGroupName": name})));
    assert_eq!(
        refusal(create(&mut world, GROUP)),
        ("ResourceAlreadyExistsException".to_owned(), "The specified log group already exists".to_owned())
    );
    assert!(
        refusal(create(&mut world, "a b")).1.ends_with(r"regular expression pattern: [\.\-_/#A-Za-z0-9]+")
    );
    assert!(refusal(create(&mut world, &"a".repeat(513))).1.ends_with("less than or equal to 512"));
    let stream = |group: &str, name: &str| json!({"logGroupName": group, "logStreamName": name});
    let cases = [
        (stream(GROUP, "s"), "The specified log stream already exists"),
        (stream("g", "s"), "The specified log group does not exist."),
        (
            stream(GROUP, "a:b"),
            "1 validation error detected: Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
        ),
    ];
    for (create, message) in cases {
        assert_eq!(refusal(world.call(input::<CreateLogStream>(create))).1, message);
    }
    let put = with(stream(GROUP, "x"), json!({"logEvents": [{"timestamp": 0, "message": "m"}]}));
    assert_eq!(refusal(world.call(input::<PutLogEvents>(put))).1, "The specified log stream does not exist.");
    let policy = json!({"logGroupName": GROUP, "retentionInDays": 2});
    let refused = refusal(world.call(input::<PutRetentionPolicy>(policy))).1;
    assert!(
        refused.starts_with("1 validation error detected: Value '2' at 'retentionInDays' failed"),
        "{refused}"
    );
}

#[test]
fn groups_and_streams_are_described_page_by_page() {
    let mut world = World::new();
    for name in ["/a/1", "/a/2", "/a/3", "/b"] {
        world.call(input::<CreateLogGroup>(json!({"logGroupName": name}))).unwrap();
    }
    let names = |answer: &Value, list: &str, name: &str| -> Vec<String> {
        answer[list].as_array().unwrap().iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
    };
    let groups = |world: &World, more: Value| world.read(&input::<DescribeLogGroups>(more)).unwrap();
    let page = groups(&world, json!({"logGroupNamePrefix": "/a", "limit": 2}));
    assert_eq!(names(&page, "logGroups", "logGroupName"), ["/a/1", "/a/2"]);
    let page =
        groups(&world, json!({"logGroupNamePrefix": "/a", "limit": 2, "nextToken": page["nextToken"]}));
    assert_eq!(names(&page, "logGroups", "logGroupName"), ["/a/3"]);
    assert_eq!(page.get("nextToken"), None);
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/a/3");
    assert_eq!(
        (&page["logGroups"][0]["logGroupArn"], &page["logGroups"][0]["arn"]),
        (&json!(arn), &json!(format!("{arn}:*")))
    );
    let found = groups(&world, json!({"logGroupNamePattern": "b"}));
    assert_eq!(names(&found, "logGroups", "logGroupName"), ["/b"]);
    let both = json!({"logGroupNamePattern": "b", "logGroupNamePrefix": "b"});
    assert_eq!(
        refusal(world.read(&input::<DescribeLogGroups>(both))).1,
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
    );

    world.call(input::<CreateLogGroup>(json!({"logGroupName": GROUP}))).unwrap();
    for name in ["x1", "x2", "x3", "y"] {
        create_stream(&mut world, name);
    }
    put(&mut world, "x2", &[5]);
    put(&mut world, "y", &[1]);
    let streams = |more: Value| {
        let mut all = Vec::new();
        let mut ask = with(json!({"logGroupName": GROUP, "limit": 1}), more);
        loop {
            let page = world.read(&input::<DescribeLogStreams>(ask.clone())).unwrap();
            all.extend(names(&page, "logStreams", "logStreamName"));
            match page.get("nextToken") {
                Some(token) => ask["nextToken"] = token.clone(),
                None => return all,
            }
        }
    };
    assert_eq!(streams(json!({})), ["x1", "x2", "x3", "y"]);
    assert_eq!(streams(json!({"descending": true})), ["y", "x3", "x2", "x1"]);
    assert_eq!(streams(json!({"logStreamNamePrefix": "x"})), ["x1", "x2", "x3"]);
    assert_eq!(streams(json!({"logStreamNamePrefix": "x", "descending": true})), ["x3", "x2", "x1"]);
    assert_eq!(streams(json!({"orderBy": "LastEventTime", "descending": true})), ["x2", "y", "x3", "x1"]);
}

#[test]
fn a_retention_goes_on_after_restarts_and_a_group_without_one_keeps_everything() {
    let mut kept = world();
    create_stream(&mut kept, "s");
    put(&mut kept, "s", &[0]);
    let mut expiring = world();
    create_stream(&mut expiring, "s");
    put(&mut expiring, "s", &[0]);
    expiring.call(input::<PutRetentionPolicy>(json!({"logGroupName": GROUP, "retentionInDays": 3}))).unwrap();
    for (mut world, left) in [(kept, 1), (expiring, 0)] {
        for _ in 0..5 {
            world = world.restart();
            world.pass(DAY_MS);
        }
        assert_eq!(count(&world, Family::LogEvent), left);
        assert_eq!(messages(&get(&world, "s", json!({}))).len(), left);
    }
}

#[test]
fn expired_events_are_hidden_at_once_and_swept_within_days() {
    let mut world = world();
    for number in 0..700 {
        create_stream(&mut world, &format!("{number:03}"));
        put(&mut world, &format!("{number:03}"), &[0]);
    }
    create_stream(&mut world, "late");
    world.call(input::<PutRetentionPolicy>(json!({"logGroupName": GROUP, "retentionInDays": 3}))).unwrap();
    world.pass(2 * DAY_MS);
    put(&mut world, "late", &[0]);
    assert_eq!(messages(&filter(&world, json!({}))).len(), 701);
    world.pass(DAY_MS + 1);
    assert_eq!(messages(&filter(&world, json!({}))), ["late0"]);
    assert_eq!(messages(&get(&world, "000", json!({}))), Vec::<&str>::new());
    world.pass(DAY_MS);
    assert_eq!(count(&world, Family::LogEvent), 1, "swept in bounded turns");
    world.call(input::<DeleteRetentionPolicy>(json!({"logGroupName": GROUP}))).unwrap();
    assert_eq!(count(&world, Family::Timer), 0);
}

#[test]
fn nothing_is_left_of_what_was_deleted() {
    let mut world = world();
    world.call(input::<PutRetentionPolicy>(json!({"logGroupName": GROUP, "retentionInDays": 3}))).unwrap();
    for name in ["a", "b"] {
        create_stream(&mut world, name);
        let minutes: Vec<_> = (0..600).map(|minute| minute * 60_000 - 43_200_000).collect();
        put(&mut world, name, &minutes);
    }
    assert_eq!(count(&world, Family::LogEvent), 1200);
    let stream = json!({"logGroupName": GROUP, "logStreamName": "a"});
    world.call(input::<DeleteLogStream>(stream)).unwrap();
    assert_eq!(count(&world, Family::LogEvent), 600);
    create_stream(&mut world, "a");
    assert_eq!(messages(&get(&world, "a", json!({}))), Vec::<&str>::new());
    world.call(input::<DeleteLogGroup>(json!({"logGroupName": GROUP}))).unwrap();
    for family in [Family::LogGroup, Family::LogStream, Family::LogEvent, Family::Timer, Family::Effect] {
        assert_eq!(count(&world, family), 0, "{family:?}");
    }
    let refused = refusal(world.read(&input::<FilterLogEvents>(json!({"logGroupName": GROUP}))));
    assert_eq!(refused.1, "The specified log group does not exist.");
}

#[test]
fn a_state_machine_logs_to_a_group_that_is_there() {
    use crate::states::CreateStateMachine;
    let mut world = world();
    world.create_role("r", "states.amazonaws.com");
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}).to_string();
    let mut create = |logging: Value| {
        let create = json!({
            "name": "m", "definition": definition, "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
            "loggingConfiguration": logging,
        });
        world.call(input::<CreateStateMachine>(create)).map_or_else(|error| error.message, |_| String::new())
    };
    let to = |group: &str| {
        let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}");
        json!({"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]})
    };
    let (none, missing) = ("Must specify exactly one Log Destination.", "Log Destination not found.");
    let refused = |reason: &str| format!("Invalid Logging Configuration: {reason}");
    assert_eq!(create(json!({"level": "ALL"})), refused(none));
    assert_eq!(create(json!({"level": "ERROR", "destinations": []})), refused(none));
    assert_eq!(create(to("/none:*")), refused(missing));
    assert_eq!(create(to(GROUP)), refused(missing));
    assert_eq!(create(to(&format!("{GROUP}:*"))), "");
}

#[test]
fn tags_are_kept_by_name_and_by_arn() {
    let mut world = world();
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}");
    world.call(input::<TagResource>(json!({"resourceArn": arn, "tags": {"a": "1", "b": "2"}}))).unwrap();
    world.call(input::<TagLogGroup>(json!({"logGroupName": GROUP, "tags": {"c": "3"}}))).unwrap();
    world.call(input::<UntagResource>(json!({"resourceArn": format!("{arn}:*"), "tagKeys": ["a"]}))).unwrap();
    let tags = world.read(&input::<ListTagsForResource>(json!({"resourceArn": arn}))).unwrap();
    assert_eq!(tags, json!({"tags": {"b": "2", "c": "3"}}));
    world.call(input::<UntagLogGroup>(json!({"logGroupName": GROUP, "tags": ["b", "c"]}))).unwrap();
    let tags = world.read(&input::<ListTagsLogGroup>(json!({"logGroupName": GROUP}))).unwrap();
    assert_eq!(tags, json!({"tags": {}}));
    let other = arn.replace(ACCOUNT, "111111111111");
    let refused = refusal(world.read(&input::<ListTagsForResource>(json!({"resourceArn": other}))));
    assert_eq!(refused.0, "ResourceNotFoundException");
}

/// What a function's output comes in by.
struct Output(u64);

impl AnyCommand for Output {
    fn name(&self) -> &'static str {
        "Output"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let scope = Scope::new(ACCOUNT, REGION);
        let line = |offset: u64| Line { timestamp_ms: self.0 + offset, message: format!("line {offset}\n") };
        let lines = vec![line(1), line(0), Line { timestamp_ms: self.0, message: String::new() }];
        write(&scope, "/aws/lambda/new", "stream", lines, tx, context)?;
        Ok(Box::new(()))
    }
}

#[test]
fn a_functions_output_makes_its_group_and_stream_and_costs_two_rows() {
    let mut world = World::new();
    world.send(Output(world.now_ms)).answer().unwrap().unwrap();
    let written = |world: &World| {
        [Family::LogGroup, Family::LogStream, Family::LogEvent].map(|family| count(world, family))
    };
    assert_eq!(written(&world), [1, 1, 1]);
    world.send(Output(world.now_ms + 10)).answer().unwrap().unwrap();
    assert_eq!(written(&world), [1, 1, 2]);
    let get = json!({"logGroupName": "/aws/lambda/new", "logStreamName": "stream"});
    let answer = world.read(&input::<GetLogEvents>(get)).unwrap();
    assert_eq!(messages(&answer), ["line 0\n", "line 1\n", "line 0\n", "line 1\n"]);
}
