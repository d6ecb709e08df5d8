//! Bytes that stay readable for ever: `testdata/formats/engine.json` holds rows as earlier versions wrote them. A row
//! that this version writes otherwise is added there, beside the old ones, and none is ever taken away.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};
use stepwell_engine::{Event, Execution, HistoryEvent};

use crate::world::{World, workspace};

/// An execution that uses most of the record: a task that is out, a wait, a retry that waits, a map, variables.
fn sample() -> World {
    let token = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let task = json!({"Type": "Task", "Resource": token, "Parameters": {"MessageBody": "m"}, "TimeoutSeconds": 60,
        "HeartbeatSeconds": 30, "Retry": [{"ErrorEquals": ["E"]}], "End": true});
    let definition = json!({"StartAt": "V", "States": {
        "V": {"Type": "Pass", "Assign": {"x.$": "$"}, "Next": "P"},
        "P": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "T", "States": {"T": task}},
            {"StartAt": "R", "States": {"R": task}},
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": true}}},
            {"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1, "ItemsPath": "$.items", "End": true,
                "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "J"}, "J": task}}}}},
        ]},
    }});
    let mut world = World::new(&definition.to_string(), r#"{"items": [1, 2]}"#);
    world.step(Event::Start);
    world.settle();
    let failing = world.tasks[1].clone();
    world.step(Event::TaskFailed {
        frame: failing.frame,
        attempt: failing.attempt,
        error: Some("E".to_owned()),
        cause: None,
    });
    let item = world.tasks[2].clone();
    world.step(Event::TaskSucceeded { frame: item.frame, attempt: item.attempt, output: "1".to_owned() });
    world
}

#[test]
fn rows_of_earlier_versions_are_read() {
    let path = workspace().join("testdata/formats/engine.json");
    let rows: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for row in rows["records"].as_array().unwrap() {
        let execution = Execution::decode(&bytes(row)).unwrap();
        assert_eq!(execution.next_event_id(), 31);
        assert!(execution.next_due_ms().is_some());
    }
    for row in rows["histories"].as_array().unwrap() {
        assert_eq!(HistoryEvent::decode_many(&bytes(row)).unwrap().len(), 30);
    }
    let world = sample();
    let record = hex(world.stored());
    assert!(contains(&rows["records"], &record), "a new form of the record: add it\n{record}");
    let history = hex(&HistoryEvent::encode_many(&world.history));
    assert!(contains(&rows["histories"], &history), "a new form of the history: add it\n{history}");
}

#[test]
fn bytes_that_are_no_record_are_refused() {
    let record = sample().stored().to_vec();
    for length in 0..record.len() {
        assert!(Execution::decode(&record[..length]).is_err(), "{length} bytes of {}", record.len());
    }
    for index in 0..record.len() {
        let mut broken = record.clone();
        broken[index] ^= 0xff;
        // Read or refused: neither may panic.
        let _ = Execution::decode(&broken).map(|execution| execution.encode());
    }
}

fn contains(rows: &Value, row: &str) -> bool {
    rows.as_array().unwrap().iter().any(|known| known == row)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn bytes(row: &Value) -> Vec<u8> {
    let text = row.as_str().unwrap().as_bytes();
    text.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
