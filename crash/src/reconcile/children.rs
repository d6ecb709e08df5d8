//! Executions that others started: children that are awaited, and the children of map runs with what was written of them.

use crate::client::{Answer, Client};
use crate::history::{self, details, kind};
use crate::site::{BUCKET, ITEM_COUNT, execution_arn};
use crate::world::World;
use serde_json::{Value, json};

/// The ARNs of a parent's children.
pub fn of_parent(number: u64) -> [String; 2] {
    ["first", "second"].map(|name| execution_arn("child", &format!("e-{number}-{name}")))
}

/// Each child ended as it must, and its parent was told once.
pub async fn check_parent(client: &mut Client, world: &World, number: u64, events: &[Value]) {
    let violation = |what: String| world.violation(format!("the parent {number}: {what}"));
    history::check_parent(events).into_iter().for_each(violation);
    let outputs: Vec<&str> = events
        .iter()
        .filter(|event| kind(event) == "TaskSucceeded")
        .filter_map(|event| details(event)["output"].as_str())
        .collect();
    for arn in of_parent(number) {
        let told = outputs.iter().filter(|output| output.contains(&arn)).count();
        if told != 1 {
            violation(format!("it was told {told} times of the end of {arn}"));
        }
        if let Some(events) = history::read(client, world, &arn).await {
            history::check_order(&events).into_iter().for_each(|what| violation(format!("{arn}: {what}")));
            history::check_child(&events).into_iter().for_each(|what| violation(format!("{arn}: {what}")));
        }
    }
}

/// One child an item, each ended once; and the results of all of them, each once, in the objects that the run wrote.
pub async fn check_mapped(client: &mut Client, world: &World, number: u64, arn: &str, events: &[Value]) {
    let violation = |what: String| world.violation(format!("the map run of {number}: {what}"));
    history::check_mapped(events).into_iter().for_each(violation);
    let Some(run) = only(client, "ListMapRuns", json!({"executionArn": arn}), "mapRuns", "mapRunArn").await
    else {
        return violation("there is not one of it".to_owned());
    };
    let Answer::Done(described) = client.states("DescribeMapRun", &json!({"mapRunArn": run})).await else {
        return violation("it can't be described".to_owned());
    };
    for counts in ["itemCounts", "executionCounts"] {
        let of = |name: &str| described[counts][name].as_u64();
        if (of("total"), of("succeeded")) != (Some(ITEM_COUNT), Some(ITEM_COUNT)) {
            violation(format!("{counts}: {}", described[counts]));
        }
    }
    let Answer::Done(listed) = client.states("ListExecutions", &json!({"mapRunArn": run})).await else {
        return violation("its children can't be listed".to_owned());
    };
    let children: Vec<&str> = listed["executions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|child| child["executionArn"].as_str())
        .collect();
    if children.len() as u64 != ITEM_COUNT {
        violation(format!("{} children", children.len()));
    }
    for child in children {
        if let Some(events) = history::read(client, world, child).await {
            history::check_order(&events).into_iter().for_each(|what| violation(format!("{child}: {what}")));
        }
    }
    match results(client, events).await {
        Ok(results) if results == expected() => {}
        Ok(results) => violation(format!("its results are {results:?}")),
        Err(trouble) => violation(trouble),
    }
}

/// The items, as the children give them back.
fn expected() -> Vec<String> {
    let mut expected: Vec<String> = (0..ITEM_COUNT).map(|item| item.to_string()).collect();
    expected.sort_unstable();
    expected
}

/// The outputs of all children in the objects that the manifest names.
async fn results(client: &mut Client, events: &[Value]) -> Result<Vec<String>, String> {
    let output = events.last().and_then(|event| details(event)["output"].as_str()).unwrap_or_default();
    let output: Value = serde_json::from_str(output).map_err(|error| error.to_string())?;
    let key = output["ResultWriterDetails"]["Key"].as_str().ok_or_else(|| format!("the output {output}"))?;
    let manifest = object(client, key).await?;
    let mut results = Vec::new();
    for file in manifest["ResultFiles"]["SUCCEEDED"].as_array().into_iter().flatten() {
        let key = file["Key"].as_str().ok_or_else(|| format!("the manifest {manifest}"))?;
        let written = object(client, key).await?;
        let outputs = written.as_array().into_iter().flatten().filter_map(|one| one["Output"].as_str());
        results.extend(outputs.map(str::to_owned));
    }
    results.sort_unstable();
    Ok(results)
}

async fn object(client: &mut Client, key: &str) -> Result<Value, String> {
    match client.s3("GET", &format!("/{BUCKET}/{key}"), b"").await {
        Answer::Done(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{key}: {error}")),
        other => Err(format!("{key} can't be read: {other:?}")),
    }
}

/// A member of the only entry of a list.
async fn only(
    client: &mut Client,
    operation: &str,
    input: Value,
    list: &str,
    member: &str,
) -> Option<String> {
    let Answer::Done(answer) = client.states(operation, &input).await else { return None };
    let [entry] = answer[list].as_array()?.as_slice() else { return None };
    entry[member].as_str().map(str::to_owned)
}
