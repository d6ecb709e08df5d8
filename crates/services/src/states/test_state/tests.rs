//! Tests of states, as data: requests, and the answers that they get. Where the answer leaves out the cause, any will do.

use super::TestState;
use crate::testing::{World, input};
use serde_json::{Value, json};

#[test]
fn states_are_tested_as_the_cases_say() {
    let cases = include_str!("../../../../../testdata/states/test_state.json");
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    let world = World::new();
    for case in &cases {
        let mut request = case["request"].clone();
        request["definition"] = request["definition"].to_string().into();
        let mut answer = match world.read(&input::<TestState>(request)) {
            Ok(answer) => answer,
            Err(error) => json!({ "error": error.code, "message": error.message }),
        };
        if case["expected"].get("cause").is_none() {
            answer.as_object_mut().unwrap().shift_remove("cause");
        }
        assert_eq!(answer, case["expected"], "{}", case["case"]);
    }
}
