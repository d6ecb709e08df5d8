//! The states of a container: the state machine itself, a branch of a Parallel state, or the processor of a Map state.
//! All states go to one table by their names, which are unique in the whole definition.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::fields::Fields;
use super::{MachineType, QueryLanguage, State, query_language};
use crate::diagnostic::{Code, Report};
use crate::validate::graph;

/// Where a container begins; its states are in the state machine's table.
#[derive(Clone, Debug)]
pub struct Container {
    pub start_at: String,
}

pub(crate) const FIELDS: &[&str] = &["StartAt", "States"];

/// How much of a state machine a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// Where the transitions of the outermost states lead isn't known.
    OneState,
}

/// What is gathered on the way through a definition.
pub(crate) struct Compiler {
    pub machine_type: MachineType,
    pub extent: Extent,
    pub language: QueryLanguage,
    pub report: Report,
    pub states: IndexMap<String, State>,
    /// Of all states met so far, in whatever container.
    pub names: HashSet<String>,
    /// How deep the container is that is being read; the state machine itself is at 0.
    pub depth: usize,
}

pub(crate) fn parse(fields: &Fields, compiler: &mut Compiler) -> Option<Container> {
    if !fields.required(&["States", "StartAt"], &mut compiler.report) {
        return None;
    }
    let start_at = fields.string("StartAt", &mut compiler.report);
    let states = fields.object("States", &mut compiler.report)?;
    if states.object.is_empty() {
        compiler.report.schema(&states.location(), "Value cannot be empty");
        return None;
    }
    let found_before = compiler.report.len();
    for (name, value) in states.object {
        let location = format!("{}/{name}", states.location());
        let Some(state) = Fields::read(value, location, &mut compiler.report) else { continue };
        parse_state(name, state, compiler);
    }
    let sound = compiler.report.len() == found_before;
    let start_at = start_at?;
    let is_machine = compiler.depth == 0;
    if !is_machine || compiler.extent == Extent::Whole {
        graph::check(fields, start_at, is_machine, sound, &mut compiler.report);
    }
    Some(Container { start_at: start_at.to_owned() })
}

fn parse_state(name: &str, fields: Fields, compiler: &mut Compiler) {
    check_name(name, &fields, compiler);
    let language = query_language::of_state(compiler.language, &fields, &mut compiler.report);
    let fields = fields.in_language(language);
    compiler.depth += 1;
    let state = State::parse(name, &fields, compiler);
    compiler.depth -= 1;
    if let Some(state) = state {
        compiler.states.insert(name.to_owned(), state);
    }
}

fn check_name(name: &str, fields: &Fields, compiler: &mut Compiler) {
    const LONGEST: usize = 80;
    let location = fields.location();
    if name.is_empty() || name.chars().count() > LONGEST {
        let message = format!("State name must have 1 to {LONGEST} characters: {name}");
        compiler.report.error(Code::InvalidStateName, Some(&location), message);
    }
    if compiler.names.contains(name) {
        compiler.report.error(
            Code::DuplicateStateName,
            Some(&location),
            format!("Duplicate State name: {name}"),
        );
    }
    compiler.names.insert(name.to_owned());
}
