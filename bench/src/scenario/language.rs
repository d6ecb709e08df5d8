//! The states language by itself, on one core and without a store: what a step of an execution costs before anything is
//! written, and what one expression does.

use crate::figures::Figures;
use crate::site;
use crate::trouble::Trouble;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::jsonata;
use stepwell_asl::path::Path;
use stepwell_asl::scope::{ContextObject, Entropy, Scope, StateOutcome, Variables};
use stepwell_engine::{Attempt, Environment, Event, Execution, Facts, FrameId, Limits, step};

/// Each figure is taken for so long.
const TIME: Duration = Duration::from_millis(300);

struct Fixed;

impl Entropy for Fixed {
    fn next_u64(&mut self) -> u64 {
        4
    }
}

/// # Errors
/// A definition that isn't one: a defect of this benchmark.
pub fn run() -> Result<Figures, Trouble> {
    let mut figures = Figures::default();
    let chain = compile(&site::chain())?;
    let transitions = per_second(|| execute(&chain, r#"{"number":"1"}"#)) * site::CHAIN_LENGTH as f64;
    figures.add("transitions, chain of 20 Pass states", "/s a core", transitions);
    let map = compile(&site::each())?;
    let transitions = per_second(|| execute(&map, "{}")) * site::MAP_TRANSITIONS as f64;
    figures.add("transitions, Map of 1,000 items", "/s a core", transitions);
    for (name, path) in [
        ("path of three fields", "$.order.customer.name"),
        ("path with a filter", "$.order.lines[?(@.price > 20)].name"),
    ] {
        figures.add(name, "ns", nanoseconds_of_path(path)?);
    }
    for (name, source) in [
        ("JSONata: $states.input.order.total + 1", "$states.input.order.total + 1"),
        ("JSONata: three fields", "$states.input.order.customer.name"),
        ("JSONata: filter and sum", "$sum($states.input.order.lines[price > 20].price)"),
    ] {
        figures.add(name, "ns", nanoseconds_of_jsonata(source)?);
    }
    Ok(figures)
}

fn compile(definition: &Value) -> Result<StateMachine, Trouble> {
    StateMachine::compile(&definition.to_string(), MachineType::Standard)
        .map_err(|found| Trouble::other(format!("a definition of the benchmark: {found:?}")))
}

/// A whole execution, in turns of 200 transitions as in the server.
fn execute(machine: &StateMachine, input: &str) {
    let facts = Facts {
        execution_arn: "arn:aws:states:us-east-1:000000000000:execution:m:e",
        execution_name: "e",
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m",
        state_machine_name: "m",
        state_machine_version_arn: None,
        state_machine_alias_arn: None,
        role_arn: "arn:aws:iam::000000000000:role/r",
        region: "us-east-1",
        start_time_ms: 0,
        input,
        limits: Limits::default(),
    };
    let mut execution = Execution::new();
    let mut event = Event::Start;
    loop {
        let mut environment = Environment {
            now_ms: 0,
            entropy: &mut Fixed,
            token: &|FrameId(frame), Attempt(attempt)| format!("{frame}-{attempt}"),
            has_activity: &|_| false,
            budget: 200,
            allowance: None,
        };
        black_box(step(machine, &facts, &mut execution, event, &mut environment));
        if !execution.has_work() {
            return;
        }
        event = Event::Continue;
    }
}

fn order() -> Value {
    let line = |n: u32| json!({"name": format!("line {n}"), "price": n * 10, "count": n});
    json!({"order": {"total": 41, "customer": {"name": "Kim", "id": 7}, "lines": [line(1), line(2), line(3), line(4)]}})
}

fn nanoseconds_of_path(text: &str) -> Result<f64, Trouble> {
    let path = Path::parse(text).map_err(|error| Trouble::other(format!("{text}: {error}")))?;
    Ok(within_scope(|scope| drop(black_box(path.read(scope)))))
}

fn nanoseconds_of_jsonata(source: &str) -> Result<f64, Trouble> {
    let expression = jsonata::Expression::compile(source, "Output".to_owned())
        .map_err(|problems| Trouble::other(format!("{source}: {problems:?}")))?;
    Ok(within_scope(|scope| drop(black_box(expression.evaluate(scope)))))
}

fn within_scope(work: impl Fn(&mut Scope)) -> f64 {
    let (input, context, variables) = (order(), ContextObject::new(|| json!({})), Variables::default());
    let allowance = jsonata::Allowance::default();
    let mut scope = Scope {
        input: &input,
        context: &context,
        variables: &variables,
        outcome: StateOutcome::None,
        now_ms: 0,
        allowance: Some(&allowance),
        entropy: &mut Fixed,
    };
    1e9 / per_second(|| work(&mut scope))
}

/// How often something is done in a second.
fn per_second(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut times = 0_u64;
    while began.elapsed() < TIME {
        // The clock is read once for sixteen of them.
        (0..16).for_each(|_| work());
        times += 16;
    }
    times as f64 / began.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_can_be_done() {
        let figures = run().unwrap();
        let table = crate::figures::Report::of("language", &[figures]).table();
        assert_eq!(table.lines().filter(|line| line.starts_with("  ")).count(), 7, "{table}");
    }
}
