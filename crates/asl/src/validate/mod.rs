//! What is checked of a definition beyond the shape of its fields: how its states hang together. The checks look at
//! the JSON, not at the AST, so that they find what they can in a definition that can't be compiled.

use serde_json::Value;

pub(crate) mod advice;
pub(crate) mod graph;
pub(crate) mod variables;

/// The branches and the processor of a state, and where they stand.
fn containers<'a>(state: &'a Value, location: &str) -> Vec<(&'a Value, String)> {
    let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten().enumerate();
    let mut found: Vec<(&Value, String)> =
        branches.map(|(index, branch)| (branch, format!("{location}/Branches[{index}]"))).collect();
    for field in ["ItemProcessor", "Iterator"] {
        found.extend(state.get(field).map(|processor| (processor, format!("{location}/{field}"))));
    }
    found
}
