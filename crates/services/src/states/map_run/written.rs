//! What is written of child executions: an entry of a file, and the files of a run with their manifest.

use crate::calls::{self, StoredPart};
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::model::MapRun;
use crate::states::model::{Facts, State};
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_engine::{Outcome, Status};
use stepwell_wire::time::iso_millis;

/// All that is known of a child, as JSON text, its members in the order of their names.
pub fn whole(facts: &Facts, state: &State) -> String {
    let time = |ms: u64| Value::from(iso_millis(i64::try_from(ms).unwrap_or(i64::MAX)));
    let status = state.status();
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    if let Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) = state.engine.outcome()
    {
        add("Cause", json!(cause));
        add("Error", json!(error));
    }
    add("ExecutionArn", facts.execution_arn().into());
    add("Input", facts.input.clone().into());
    add("InputDetails", json!({"Included": true}));
    add("Name", facts.name.clone().into());
    if let Some(Outcome::Succeeded { output }) = state.engine.outcome() {
        add("Output", output.clone().into());
        add("OutputDetails", json!({"Included": true}));
    }
    add("RedriveCount", 0.into());
    add(
        "RedriveStatus",
        if status == Status::Succeeded { "NOT_REDRIVABLE" } else { "REDRIVABLE_BY_MAP_RUN" }.into(),
    );
    if status == Status::Succeeded {
        add("RedriveStatusReason", "Execution is SUCCEEDED and cannot be redriven".into());
    }
    add("StartDate", time(facts.started_ms));
    add("StateMachineArn", facts.machine_arn().into());
    add("Status", status.as_str().into());
    if let Some(stopped_ms) = state.stopped_ms {
        add("StopDate", time(stopped_ms));
    }
    Value::Object(members).to_string()
}

/// What stands in the output for an item that failed.
pub fn failure(outcome: Option<&Outcome>) -> String {
    let (error, cause) = match outcome {
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
            (error.clone(), cause.clone())
        }
        _ => (Some("States.Timeout".to_owned()), None),
    };
    json!({"Error": error, "Cause": cause}).to_string()
}

/// Makes objects of the files' parts, writes the manifest, and gives the state's output; or why that can't be.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn export(
    run: &mut MapRun,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<String, String>, Failure> {
    let arn = run.arn();
    let folder = run.name.clone();
    let Some(writer) = &mut run.writer else { return Ok(Err("there is nowhere to write to".to_owned())) };
    let Some((bucket, prefix)) = writer.target.clone() else {
        return Ok(Err("no bucket is named".to_owned()));
    };
    let prefix =
        if prefix.is_empty() { folder } else { format!("{}/{folder}", prefix.trim_end_matches('/')) };
    let (ending, suffix) = if writer.is_lines { ("", "jsonl") } else { ("]", "json") };
    let mut files = Map::new();
    let all = [
        ("FAILED", std::mem::take(&mut writer.failed)),
        ("SUCCEEDED", std::mem::take(&mut writer.succeeded)),
    ];
    for (kind, parts) in all {
        let mut listed = Vec::new();
        if !parts.is_empty() {
            let parts = ended(parts, ending, tx, context);
            let key = format!("{prefix}/{kind}_0.{suffix}");
            let size: u64 = parts.iter().map(|part| part.size).sum();
            if let Err(cause) = calls::s3_put_parts(&bucket, &key, parts, tx, context)? {
                return Ok(Err(cause));
            }
            listed.push(json!({"Key": key, "Size": size}));
        }
        files.insert(kind.to_owned(), listed.into());
        if kind == "FAILED" {
            files.insert("PENDING".to_owned(), json!([]));
        }
    }
    let manifest = json!({"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}).to_string();
    let key = format!("{prefix}/manifest.json");
    let parts = calls::s3_store(manifest.into_bytes(), tx, context).into_iter().collect();
    if let Err(cause) = calls::s3_put_parts(&bucket, &key, parts, tx, context)? {
        return Ok(Err(cause));
    }
    let output = json!({"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}});
    Ok(Ok(output.to_string()))
}

fn ended(mut parts: Vec<StoredPart>, ending: &str, tx: &mut Tx, context: &mut Context) -> Vec<StoredPart> {
    parts.extend(calls::s3_store(ending.as_bytes().to_vec(), tx, context));
    parts
}
