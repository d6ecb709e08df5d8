//! A state machine as its definition says it: parsed once, with every path and template compiled, and checked whole.
//! `StateMachine::compile` gives either the state machine or everything that is wrong with its definition.
//! One file per state type; `fields` reads JSON, `container` finds the states.

mod choice;
mod container;
mod data_flow;
mod distributed;
mod error_handling;
mod fail;
mod fields;
mod integration;
mod item_reader;
mod map;
mod parallel;
mod pass;
mod query_language;
mod resource;
mod succeed;
mod task;
mod wait;

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde_json::{Value, json};

pub use choice::{Choice, Rule};
pub use container::Container;
pub(crate) use container::{Compiler, Extent};
pub use data_flow::{Assign, DataFlow, ResultPlace, Selection};
pub use distributed::{Distributed, ItemBatcher, Percentage, ResultWriter, Transformation};
pub use error_handling::{Catcher, Retrier};
pub use fail::{Fail, FailText};
pub(crate) use fields::Fields;
pub use integration::{Integration, IntegrationPattern};
pub use item_reader::{Data, InputType, ItemReader, ReaderAction};
pub use map::Map;
pub use parallel::Parallel;
pub use pass::Pass;
pub use query_language::QueryLanguage;
pub use resource::Resource;
pub use succeed::Succeed;
pub use task::{Seconds, Task};
pub use wait::Wait;

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::path::{Path, Root};
use crate::template::{Expression, Template};
use crate::validate::{advice, variables};
use crate::{jackson, jsonata};

/// What every state may have.
pub(crate) const COMMON: &[&str] = &["Type", "Comment", "QueryLanguage"];
/// What the states have that lead to another or end.
pub(crate) const TRANSITION: &[&str] = &["Next", "End"];
/// The longest time a definition may name, in seconds.
pub(crate) const LONGEST_SECONDS: u64 = 99_999_999;

const TYPES: &[&str] = &["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineType {
    Standard,
    Express,
}

#[derive(Clone, Debug)]
pub struct StateMachine {
    pub comment: Option<String>,
    pub start_at: String,
    /// Of a whole execution.
    pub timeout_seconds: Option<u64>,
    /// The states of all containers, by their names, which are unique.
    states: IndexMap<String, State>,
}

#[derive(Clone, Debug)]
pub struct State {
    pub name: String,
    pub data_flow: DataFlow,
    pub language: QueryLanguage,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub transition: Transition,
    pub kind: StateKind,
    /// The variables that it reads, sorted.
    pub variables: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    Next(String),
    /// The container ends: `End`, Succeed and Fail.
    End,
    /// A rule of a Choice state decides.
    Chosen,
}

#[derive(Clone, Debug)]
pub enum StateKind {
    Task(Task),
    Pass(Pass),
    Choice(Choice),
    Wait(Wait),
    Succeed(Succeed),
    Fail(Fail),
    Parallel(Parallel),
    Map(Map),
}

impl StateMachine {
    /// The state machine, or all that is wrong with its definition.
    pub fn compile(definition: &str, machine_type: MachineType) -> Result<StateMachine, Vec<Diagnostic>> {
        let mut report = Report::default();
        let Some(value) = read(definition, &mut report) else { return Err(report.diagnostics) };
        Self::compile_value(&value, machine_type, Extent::Whole, report)
    }

    /// One state by itself, under a name: a state machine of which the rest isn't known, so that its transitions may lead
    /// to states that are not there.
    pub fn compile_state(name: &str, state: &str) -> Result<StateMachine, Vec<Diagnostic>> {
        let mut report = Report::default();
        let Some(state) = read(state, &mut report) else { return Err(report.diagnostics) };
        let machine = json!({ "StartAt": name, "States": { name: state } });
        Self::compile_value(&machine, MachineType::Standard, Extent::OneState, report)
    }

    /// All that is wrong with a definition, and all that is most likely not meant.
    pub fn diagnose(definition: &str, machine_type: MachineType) -> Vec<Diagnostic> {
        let mut report = Report::default();
        let Some(value) = read(definition, &mut report) else { return report.diagnostics };
        let errors =
            Self::compile_value(&value, machine_type, Extent::Whole, report).err().unwrap_or_default();
        let mut report = Report { diagnostics: errors };
        value.as_object().iter().for_each(|machine| advice::check(machine, &mut report));
        report.diagnostics
    }

    fn compile_value(
        value: &Value,
        machine_type: MachineType,
        extent: Extent,
        report: Report,
    ) -> Result<StateMachine, Vec<Diagnostic>> {
        let mut compiler = Compiler {
            machine_type,
            extent,
            report,
            states: IndexMap::new(),
            names: HashSet::new(),
            depth: 0,
            language: QueryLanguage::default(),
        };
        let machine = parse_machine(value, &mut compiler);
        match machine {
            Some(machine) if compiler.report.diagnostics.is_empty() => {
                Ok(StateMachine { states: compiler.states, ..machine })
            }
            _ => Err(compiler.report.diagnostics),
        }
    }

    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.get(name)
    }

    pub fn states(&self) -> impl Iterator<Item = &State> {
        self.states.values()
    }

    /// What a Task state calls.
    pub fn task_resource(&self, state: &str) -> Option<&Resource> {
        match &self.state(state)?.kind {
            StateKind::Task(task) => Some(&task.resource),
            _ => None,
        }
    }

    /// The variables that each state reads, as DescribeStateMachine shows them: states that read none are left out.
    pub fn variable_references(&self) -> IndexMap<&str, &[String]> {
        let reading = self.states().filter(|state| !state.variables.is_empty());
        reading.map(|state| (state.name.as_str(), state.variables.as_slice())).collect()
    }
}

fn read(definition: &str, report: &mut Report) -> Option<Value> {
    match jackson::parse(definition) {
        Ok(value @ Value::Object(_)) => Some(value),
        Err(error) if !definition.trim().is_empty() => {
            let message = format!("{}\n at {}", error.message, error.source);
            report.error(Code::InvalidJsonDescription, Some(&error.source), message);
            None
        }
        _ => {
            report.error(Code::SchemaValidationFailed, None, "Definition must be a valid JSON object");
            None
        }
    }
}

fn parse_machine(value: &Value, compiler: &mut Compiler) -> Option<StateMachine> {
    let fields = Fields::read(value, "", &mut compiler.report)?;
    const FIELDS: &[&str] = &["Comment", "Version", "TimeoutSeconds", "QueryLanguage"];
    let report = &mut compiler.report;
    fields.only(&[container::FIELDS, FIELDS], report);
    fields.one_of("Version", &["1.0"], report);
    let comment = fields.string("Comment", report).map(str::to_owned);
    let timeout = fields.integer("TimeoutSeconds", 0, LONGEST_SECONDS, report);
    compiler.language = query_language::of_machine(&fields, report);
    let container = container::parse(&fields, compiler);
    variables::check(&fields, &mut compiler.report);
    let container = container?;
    Some(StateMachine {
        comment,
        start_at: container.start_at,
        // AWS takes 0 here, and means none.
        timeout_seconds: timeout.filter(|seconds| *seconds > 0),
        states: IndexMap::new(),
    })
}

impl State {
    pub(crate) fn parse(name: &str, fields: &Fields, compiler: &mut Compiler) -> Option<State> {
        fields.string("Comment", &mut compiler.report);
        let data_flow = DataFlow::parse(fields, &mut compiler.report);
        let retry = error_handling::parse_retry(fields, &mut compiler.report);
        let catch = error_handling::parse_catch(fields, &mut compiler.report);
        let type_name = parse_type(fields, &mut compiler.report)?;
        let transition = parse_transition(type_name, fields, &mut compiler.report);
        let kind = StateKind::parse(type_name, fields, compiler);
        let mut state = State {
            name: name.to_owned(),
            data_flow,
            language: fields.language(),
            retry,
            catch,
            transition: transition?,
            kind: kind?,
            variables: vec![],
        };
        state.variables = state.variables_read();
        Some(state)
    }

    fn variables_read(&self) -> Vec<String> {
        let mut reads = Reads::default();
        self.data_flow.reads(&mut reads);
        self.catch.iter().for_each(|catcher| catcher.reads(&mut reads));
        self.kind.reads(&mut reads);
        reads.variables.into_iter().map(str::to_owned).collect()
    }
}

/// The variables that are read, each once, sorted.
#[derive(Default)]
pub(crate) struct Reads<'a> {
    variables: BTreeSet<&'a str>,
}

impl<'a> Reads<'a> {
    pub fn path(&mut self, path: &'a Path) {
        if let Root::Variable(name) = path.root() {
            self.variables.insert(name);
        }
    }

    pub fn expression(&mut self, expression: &'a Expression) {
        expression.paths().into_iter().for_each(|path| self.path(path));
    }

    pub fn jsonata(&mut self, expression: &'a jsonata::Expression) {
        self.variables.extend(expression.variables());
    }

    pub fn template(&mut self, template: &'a Template) {
        self.variables.extend(template.variables());
    }

    pub fn assign(&mut self, assign: Option<&'a Assign>) {
        assign.iter().for_each(|assign| self.template(assign.template()));
    }
}

fn parse_type<'a>(fields: &Fields<'a>, report: &mut Report) -> Option<&'a str> {
    if !fields.required(&["Type"], report) {
        return None;
    }
    let type_name = fields.string("Type", report)?;
    if !TYPES.contains(&type_name) {
        let message = format!("The field 'Type' should have one of these values: [{}]", TYPES.join(", "));
        report.schema(&fields.field_location("Type"), message);
        return None;
    }
    Some(type_name)
}

fn parse_transition(type_name: &str, fields: &Fields, report: &mut Report) -> Option<Transition> {
    match type_name {
        "Choice" => return Some(Transition::Chosen),
        "Succeed" | "Fail" => return Some(Transition::End),
        _ => {}
    }
    let ends = fields.boolean("End", report);
    // `End: false` says no more than no `End` at all.
    if ends == Some(false) && fields.has("Next") {
        return fields.string("Next", report).map(|next| Transition::Next(next.to_owned()));
    }
    if ends == Some(false) {
        let message = "This object should have only one of the following fields: [Next, End]";
        report.schema(&fields.location(), message);
        return None;
    }
    if !fields.exactly_one(TRANSITION, report) {
        return None;
    }
    match ends {
        Some(_) => Some(Transition::End),
        None => fields.string("Next", report).map(|next| Transition::Next(next.to_owned())),
    }
}

impl StateKind {
    fn parse(type_name: &str, fields: &Fields, compiler: &mut Compiler) -> Option<StateKind> {
        let machine_type = compiler.machine_type;
        let report = &mut compiler.report;
        match type_name {
            "Task" => task::parse(fields, machine_type, report).map(StateKind::Task),
            "Pass" => pass::parse(fields, report).map(StateKind::Pass),
            "Choice" => choice::parse(fields, report).map(StateKind::Choice),
            "Wait" => wait::parse(fields, report).map(StateKind::Wait),
            "Succeed" => succeed::parse(fields, report).map(StateKind::Succeed),
            "Fail" => fail::parse(fields, report).map(StateKind::Fail),
            "Parallel" => parallel::parse(fields, compiler).map(StateKind::Parallel),
            _ => map::parse(fields, compiler).map(StateKind::Map),
        }
    }

    fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        match self {
            StateKind::Task(task) => task.reads(reads),
            StateKind::Choice(choice) => choice.reads(reads),
            StateKind::Wait(wait) => wait.reads(reads),
            StateKind::Fail(fail) => fail.reads(reads),
            StateKind::Map(map) => map.reads(reads),
            StateKind::Pass(_) | StateKind::Succeed(_) | StateKind::Parallel(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
