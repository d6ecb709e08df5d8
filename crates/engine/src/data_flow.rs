//! How a state takes its input and makes its output. In JSONPath: InputPath, Parameters, (the work), ResultSelector,
//! Assign, ResultPath, OutputPath. In JSONata: Arguments, (the work), then Assign and Output, neither of which sees what
//! the other made. A value that nothing changes is passed on as it is, without a copy.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_asl::definition::{Assign, DataFlow, QueryLanguage, ResultPlace, Selection, StateKind};
use stepwell_asl::jsonata::Allowance;
use stepwell_asl::path::{Path, PathError};
use stepwell_asl::scope::{ContextObject, Scope, StateOutcome, Variables};
use stepwell_asl::template::{EvalError, Template};

use crate::context::{self, Item};
use crate::failure::Failure;
use crate::history::AssignedVariable;
use crate::payload::is_too_deep;
use crate::record::FrameId;
use crate::run::Run;

pub(crate) const TOO_DEEP: &str = "The JSON value is nested too deeply.";

/// What a context object has beyond the frame's own: things that are there only while something is evaluated.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extras<'a> {
    pub token: Option<&'a str>,
    /// The item for which an iteration is about to begin.
    pub item: Option<Item<'a>>,
    /// For `$states`.
    pub outcome: StateOutcome<'a>,
}

/// What a state leaves behind: its output, and the variables that it assigns.
pub(crate) struct Output {
    pub value: Arc<Value>,
    pub assigned: Vec<AssignedVariable>,
}

impl Run<'_, '_> {
    /// The raw input after InputPath.
    pub fn effective_input(&mut self, id: FrameId, flow: &DataFlow) -> Result<Arc<Value>, Failure> {
        let raw = self.raw_input(id);
        let input = self.select(id, &flow.input_path, raw)?;
        self.see(|seen| seen.after_input_path = Some(Arc::clone(&input)));
        Ok(input)
    }

    /// The effective input after Parameters.
    pub fn parameters(
        &mut self,
        id: FrameId,
        template: Option<&Template>,
        input: Arc<Value>,
        extras: Extras,
    ) -> Result<Arc<Value>, Failure> {
        match template {
            None => Ok(input),
            Some(template) => {
                self.evaluate(id, &input, extras, |scope| template.evaluate(scope)).map(Arc::new)
            }
        }
    }

    /// What follows the work of a state, from its result to its output.
    pub fn output(&mut self, id: FrameId, flow: &DataFlow, result: Arc<Value>) -> Result<Output, Failure> {
        let state = self.state(id);
        self.see(|seen| seen.result = Some(Arc::clone(&result)));
        if state.language == QueryLanguage::Jsonata {
            let outcome = match &state.kind {
                StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) => {
                    StateOutcome::Result(&result)
                }
                _ => StateOutcome::None,
            };
            return self.jsonata_output(id, flow.assign.as_ref(), flow.output.as_ref(), &result, outcome);
        }
        let result = self.parameters(id, flow.result_selector.as_ref(), result, Extras::default())?;
        self.see(|seen| seen.after_result_selector = Some(Arc::clone(&result)));
        let assigned = self.assign(id, flow.assign.as_ref(), &result, Extras::default())?;
        self.placed(id, flow, result, assigned)
    }

    /// Assign and Output; without Output, `unchanged` goes out.
    pub fn jsonata_output(
        &mut self,
        id: FrameId,
        assign: Option<&Assign>,
        output: Option<&Template>,
        unchanged: &Arc<Value>,
        outcome: StateOutcome,
    ) -> Result<Output, Failure> {
        let input = self.raw_input(id);
        let extras = Extras { outcome, ..Extras::default() };
        let assigned = self.assign(id, assign, &input, extras)?;
        let value = match output {
            None => Arc::clone(unchanged),
            Some(template) => self.parameters(id, Some(template), input, extras)?,
        };
        Ok(Output { value, assigned })
    }

    /// The end of it: where the result goes, and what of that goes out.
    pub fn placed(
        &mut self,
        id: FrameId,
        flow: &DataFlow,
        result: Arc<Value>,
        assigned: Vec<AssignedVariable>,
    ) -> Result<Output, Failure> {
        let placed = self.place(id, &flow.result_path, result)?;
        self.see(|seen| seen.after_result_path = Some(Arc::clone(&placed)));
        let value = self.select(id, &flow.output_path, placed)?;
        Ok(Output { value, assigned })
    }

    /// ResultPath puts the result into the raw input of the state.
    pub fn place(
        &mut self,
        id: FrameId,
        place: &ResultPlace,
        result: Arc<Value>,
    ) -> Result<Arc<Value>, Failure> {
        match place {
            ResultPlace::Replace => Ok(result),
            ResultPlace::Discard => Ok(self.raw_input(id)),
            ResultPlace::At(path) => {
                let document = Value::clone(&self.raw_input(id));
                match path.write(document, Arc::unwrap_or_clone(result)) {
                    Ok(document) => Ok(Arc::new(document)),
                    Err(error) => Err(self.runtime_failure(id, &path_error(path, &error))),
                }
            }
        }
    }

    pub fn assign(
        &mut self,
        id: FrameId,
        assign: Option<&Assign>,
        input: &Value,
        extras: Extras,
    ) -> Result<Vec<AssignedVariable>, Failure> {
        let Some(assign) = assign else { return Ok(Vec::new()) };
        let value = self.evaluate(id, input, extras, |scope| assign.template().evaluate(scope))?;
        if is_too_deep(&value) {
            return Err(self.runtime_failure(id, TOO_DEEP));
        }
        let assigned: Vec<AssignedVariable> = Assign::variables(value)
            .into_iter()
            .map(|(name, value)| AssignedVariable { name, value: value.to_string() })
            .collect();
        let bytes: usize = assigned.iter().map(|variable| variable.value.len()).sum();
        if bytes > self.facts.limits.payload_bytes {
            return Err(Failure::state_output_too_large(&self.frame(id).state));
        }
        Ok(assigned)
    }

    fn select(
        &mut self,
        id: FrameId,
        selection: &Selection,
        value: Arc<Value>,
    ) -> Result<Arc<Value>, Failure> {
        match selection {
            Selection::Whole => Ok(value),
            Selection::Nothing => Ok(Arc::new(json!({}))),
            Selection::At(path) => self.read(id, path, &value).map(Arc::new),
        }
    }

    /// What a path names, for the fields whose failure is `Invalid path …`.
    pub fn read(&mut self, id: FrameId, path: &Path, input: &Value) -> Result<Value, Failure> {
        self.evaluate(id, input, Extras::default(), |scope| {
            let found = path.read(scope).map_err(|error| EvalError::runtime(path_error(path, &error)))?;
            Ok(found.into_owned())
        })
    }

    /// Evaluates something in the scope of a frame's state.
    pub fn evaluate<T>(
        &mut self,
        id: FrameId,
        input: &Value,
        extras: Extras,
        with: impl FnOnce(&mut Scope) -> Result<T, EvalError>,
    ) -> Result<T, Failure> {
        let variables = self.visible_variables(id);
        let frames = &self.execution.frames;
        let given = self.inspection.as_ref().map(|inspection| &inspection.context);
        let redriven = self.execution.redriven;
        let (machine, facts) = (self.machine, self.facts);
        let view = context::View { machine, facts, input: &self.input, frames, given, redriven };
        let context = ContextObject::new(|| view.build(id, extras));
        let mut scope = Scope {
            input,
            context: &context,
            variables: &variables,
            outcome: extras.outcome,
            now_ms: self.environment.now_ms,
            allowance: self.environment.allowance,
            entropy: &mut *self.environment.entropy,
        };
        let outcome = with(&mut scope);
        if self.environment.allowance.is_some_and(Allowance::is_spent) {
            self.budget = 0;
        }
        outcome.map_err(|error| self.failure_in_state(id, &error))
    }

    /// The variables that the frame's state reads: the frame's own, and those of the frames around it.
    fn visible_variables(&mut self, id: FrameId) -> Arc<Variables> {
        if let Some((frame, variables)) = &self.visible
            && *frame == id
        {
            return Arc::clone(variables);
        }
        let names = &self.state(id).variables;
        let found = names.iter().filter_map(|name| Some((name.clone(), self.variable(id, name)?)));
        let variables = Arc::new(found.collect());
        self.visible = Some((id, Arc::clone(&variables)));
        variables
    }

    fn variable(&self, id: FrameId, name: &str) -> Option<Value> {
        let mut around = Some(id);
        while let Some(id) = around {
            let frame = self.frame(id);
            if let Some(text) = frame.variables.get(name) {
                return Some(serde_json::from_str(text).expect("a stored variable is valid JSON"));
            }
            around = frame.parent;
        }
        None
    }
}

/// A value that can't be placed has a text of its own.
pub(crate) fn path_error(path: &Path, error: &PathError) -> String {
    match error {
        PathError::CannotApply { .. } => error.to_string(),
        _ => format!("Invalid path '{}' : {error}", path.text()),
    }
}
