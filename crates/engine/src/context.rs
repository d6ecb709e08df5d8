//! The context object (`$$`), made when an expression first looks at it: the execution, the state machine, the state,
//! and where there is one the task's token and the item of the Map state around.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stepwell_asl::definition::StateMachine;
use stepwell_asl::timestamp;

use crate::data_flow::Extras;
use crate::facts::Facts;
use crate::payload::ExecutionInput;
use crate::record::{Frame, FrameId};
use crate::redrive::Redriven;

pub(crate) struct View<'v, 'a> {
    pub machine: &'a StateMachine,
    pub facts: &'a Facts<'a>,
    pub input: &'v ExecutionInput<'a>,
    pub frames: &'v BTreeMap<FrameId, Frame>,
    /// In place of all but the item, where a state is tested.
    pub given: Option<&'v Value>,
    pub redriven: Option<Redriven>,
}

/// Where the items of a state's own data come from, in AWS's words.
pub const STATE_DATA: &str = "STATE_DATA";

/// The item for which a Map state evaluates something.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub index: u32,
    pub value: &'a Value,
    /// Its name, where the items are the members of an object.
    pub key: Option<&'a str>,
    /// [`STATE_DATA`], or where in S3 it was found.
    pub source: &'a str,
}

impl Item<'_> {
    fn json(&self) -> Value {
        let mut item = Map::new();
        item.insert("Index".to_owned(), self.index.into());
        if let Some(key) = self.key {
            item.insert("Key".to_owned(), key.into());
        }
        item.insert("Value".to_owned(), self.value.clone());
        item.insert("Source".to_owned(), self.source.into());
        Value::Object(item)
    }
}

impl View<'_, '_> {
    pub fn build(&self, id: FrameId, extras: Extras) -> Value {
        let mut context = match self.given {
            Some(given) => given.as_object().cloned().unwrap_or_default(),
            None => self.of_execution(id, extras),
        };
        let item = extras.item.map(|item| item.json()).or_else(|| self.item_around(id));
        if let Some(item) = item {
            context.insert("Map".to_owned(), json!({ "Item": item }));
        }
        Value::Object(context)
    }

    fn of_execution(&self, id: FrameId, extras: Extras) -> Map<String, Value> {
        let mut context = Map::new();
        context.insert("Execution".to_owned(), self.execution());
        context.insert("StateMachine".to_owned(), self.state_machine());
        if let Some(frame) = self.frames.get(&id) {
            context.insert("State".to_owned(), self.state(frame));
        }
        if let Some(token) = extras.token {
            context.insert("Task".to_owned(), json!({ "Token": token }));
        }
        context
    }

    fn execution(&self) -> Value {
        let mut execution = json!({
            "Id": self.facts.execution_arn,
            "Input": *self.input.value(),
            "StartTime": time(self.facts.start_time_ms),
            "Name": self.facts.execution_name,
            "RoleArn": self.facts.role_arn,
            "RedriveCount": self.redriven.map_or(0, |redriven| redriven.count),
        });
        if let Some(redriven) = self.redriven {
            execution["RedriveTime"] = time(redriven.at_ms).into();
        }
        execution
    }

    fn state_machine(&self) -> Value {
        json!({ "Id": self.facts.state_machine_arn, "Name": self.facts.state_machine_name })
    }

    /// The number of retries is shown in Task states only.
    fn state(&self, frame: &Frame) -> Value {
        let mut state = json!({ "Name": frame.state, "EnteredTime": time(frame.entered_at_ms) });
        if self.machine.task_resource(&frame.state).is_some() {
            state["RetryCount"] = frame.retry_count().into();
        }
        state
    }

    /// The item of the nearest iteration that the frame is in.
    fn item_around(&self, id: FrameId) -> Option<Value> {
        let mut around = self.frames.get(&id);
        while let Some(frame) = around {
            if let Some(item) = &frame.item {
                let value = item.value(self.input);
                return Some(
                    Item { index: frame.index, value: &value, key: None, source: STATE_DATA }.json(),
                );
            }
            around = frame.parent.and_then(|parent| self.frames.get(&parent));
        }
        None
    }
}

fn time(epoch_ms: u64) -> String {
    timestamp::format(i64::try_from(epoch_ms).unwrap_or(i64::MAX))
}
