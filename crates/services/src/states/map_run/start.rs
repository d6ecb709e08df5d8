//! A run begins: its row, its definition, and what it keeps of its items. What is wrong with them fails the run, not the
//! command: the parent sees it begin and fail.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::states::keys;
use crate::states::map_run::model::{
    Batching, Counts, MapRun, Phase, Place, RunLimits, RunStatus, Style, Writing,
};
use crate::states::map_run::opening::{self, Opened};
use crate::states::model::{Facts, Revision};
use crate::tx::Tx;
use serde_json::Value;
use sha2::{Digest, Sha256};
use stepwell_asl::definition::{MachineType, StateKind, StateMachine, Transformation};
use stepwell_engine::{Event, Items, MapRunRequest, Writer};
use stepwell_wire::ids::hex;

/// Begins a run of the execution at `(machine, execution)`, and says so to its engine.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn start(
    (machine, execution): (u64, u64),
    facts: &Facts,
    request: MapRunRequest,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Event, Failure> {
    let run = tx.next_sequence();
    let place = Place { machine, execution, run };
    let root = facts.child.as_ref().map_or(machine, |child| child.root);
    let label = request.label.clone().unwrap_or_else(|| label_of(root, &request.state));
    let mut map_run = MapRun {
        place,
        root,
        frame: request.frame,
        attempt: request.attempt,
        account: facts.account.clone(),
        region: facts.region.clone(),
        machine_name: format!("{}/{label}", facts.machine_name),
        name: context.entropy.uuid(),
        parent_arn: facts.execution_arn(),
        status: RunStatus::Running,
        started_ms: context.now_ms,
        stopped_ms: None,
        limits: RunLimits {
            max_concurrency: request.max_concurrency,
            tolerated_count: request.tolerated_count,
            tolerated_percentage: request.tolerated_percentage,
        },
        is_express: request.is_express,
        batch: request.batch.as_ref().map(|batch| Batching {
            max_items: batch.max_items,
            max_bytes: batch.max_bytes,
            input: batch.input.as_ref().map(Value::to_string),
        }),
        writer: None,
        source: None,
        items_left: None,
        items_known: None,
        executions: Counts::default(),
        items: Counts::default(),
        result_bytes: 0,
        phase: Phase::Beginning,
        is_owed: false,
        role_arn: facts.role_arn.clone(),
        test_case: facts.test_case.clone(),
        redriven: None,
    };
    map_run.writer = request.writer.as_ref().map(writing);
    match open(&map_run, facts, request.items, tx, context)? {
        Ok(Opened { source, most, known }) => {
            map_run.source = Some(source);
            (map_run.items_left, map_run.items_known) = (most, known);
        }
        Err((error, cause)) => map_run.phase = Phase::Failing { error, cause },
    }
    let revision = Revision {
        definition: request.processor.to_string(),
        role_arn: facts.role_arn.clone(),
        revision_id: None,
        created_ms: context.now_ms,
        configurations: None,
    };
    tx.put(&keys::revision(run, 0), &revision);
    tx.put(&keys::map_name(root, &map_run.name), &place);
    map_run.owe_turn(tx);
    map_run.put(tx);
    let map_run_arn = map_run.arn();
    Ok(Event::MapRunStarted { frame: request.frame, attempt: request.attempt, run, map_run_arn })
}

/// Looks for the items, and for where the results go, as the execution's role; or says why that can't be: an error's name and
/// its cause.
fn open(
    run: &MapRun,
    facts: &Facts,
    items: Items,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Opened, (String, String)>, Failure> {
    let read = |cause| ("States.ItemReaderFailed".to_owned(), cause);
    let caller =
        match calls::role_session(&facts.role_arn, &facts.machine_arn(), &facts.scope(), tx, context)? {
            Ok(caller) => caller,
            Err(cause) => return Ok(Err(read(cause))),
        };
    context.acting_as(caller, facts.scope(), |context| {
        if let Err(cause) = writable(run, tx, context)? {
            return Ok(Err(("States.ResultWriterFailed".to_owned(), cause)));
        }
        Ok(opening::open(items, tx, context)?.map_err(read))
    })
}

/// The definition of the child executions of the distributed Map state with this label, chosen or not.
#[must_use]
pub fn processor(definition: &str, machine: u64, label: &str) -> Option<String> {
    let compiled = StateMachine::compile(definition, MachineType::Standard).ok()?;
    compiled.states().find_map(|state| {
        let StateKind::Map(map) = &state.kind else { return None };
        let distributed = map.distributed.as_ref()?;
        let own = distributed.label.clone().unwrap_or_else(|| label_of(machine, &state.name));
        (own == label).then(|| distributed.processor.to_string())
    })
}

/// A label that nobody chose: the same for all runs of a state.
fn label_of(machine: u64, state: &str) -> String {
    let digest = Sha256::new().chain_update(machine.to_be_bytes()).chain_update(state).finalize();
    let digest = hex(&digest);
    digest.get(..32).unwrap_or(&digest).to_owned()
}

fn writing(writer: &Writer) -> Writing {
    let text = |name: &str| {
        let parameters = writer.parameters.as_ref()?;
        parameters.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let prefix = text("Prefix").unwrap_or_default();
    Writing {
        target: writer.parameters.is_some().then(|| (text("Bucket").unwrap_or_default(), prefix)),
        style: match writer.transformation {
            Transformation::None => Style::Whole,
            Transformation::Compact => Style::Compact,
            Transformation::Flatten => Style::Flatten,
        },
        is_lines: writer.is_lines,
        succeeded: Vec::new(),
        failed: Vec::new(),
    }
}

/// Whether results can be written where they are to go.
fn writable(run: &MapRun, tx: &Tx, context: &Context) -> Result<Result<(), String>, Failure> {
    let target = run.writer.as_ref().and_then(|writer| writer.target.as_ref());
    match target {
        Some((bucket, _)) => calls::s3_check_bucket(bucket, tx, context),
        None => Ok(Ok(())),
    }
}
