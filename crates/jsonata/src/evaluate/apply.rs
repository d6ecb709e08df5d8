//! Calls. A function that ends with a call hands that call back, and it is made from here: tail recursion takes no
//! depth.

use std::rc::Rc;

use super::frames::FRAME_BYTES;
use super::{Evaluator, FrameId, STACK_LEFT, STACK_MORE};
use crate::ast::{Call, Kind, Lambda, Node};
use crate::error::{Error, Fault, Result};
use crate::scope::HostFunction;
use crate::signature::Signature;
use crate::value::{Function, FunctionKind, Str, TailCall, TupleKey, Value};

/// What a call costs apart from what is done in it.
const CALL_STEPS: u64 = 3;

/// What a built-in function is given: arguments that fit its signature, and where it is called.
pub(crate) struct Arguments<'a> {
    pub values: Vec<Value<'a>>,
    pub input: Value<'a>,
    pub frame: FrameId,
}

impl<'a> Arguments<'a> {
    /// The argument, undefined when it is missing.
    pub(crate) fn get(&self, index: usize) -> &Value<'a> {
        self.values.get(index).unwrap_or(&Value::Undefined)
    }

    pub(crate) fn take(&mut self, index: usize) -> Value<'a> {
        self.values
            .get_mut(index)
            .map_or(Value::Undefined, |value| std::mem::replace(value, Value::Undefined))
    }

    pub(crate) fn text(&self, index: usize) -> Option<Str<'a>> {
        match self.get(index) {
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(crate) fn number(&self, index: usize) -> Option<f64> {
        self.get(index).as_number()
    }
}

impl<'a> Evaluator<'a> {
    /// A call as it is written. `applied`: the left side of `~>`, which is the first argument.
    pub(super) fn call(
        &mut self,
        call: &'a Call,
        position: usize,
        applied: Option<Value<'a>>,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let procedure = self.eval(&call.procedure, input, frame)?;
        let name = call.procedure.called_name();
        self.missing_dollar(&call.procedure, &procedure, "T1005", position, frame)?;
        let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
        arguments.extend(applied);
        for argument in &call.arguments {
            arguments.push(match self.eval(argument, input, frame)? {
                Value::Function(function, _) => Value::Function(function, true),
                value => value,
            });
        }
        if call.tail {
            let position = call.procedure.position;
            return Ok(Value::TailCall(Rc::new(TailCall { procedure, arguments, name, position })));
        }
        self.apply(&procedure, arguments, input, frame, Some((name, position)))
    }

    /// Helps those who forgot the `$` of a function.
    fn missing_dollar(
        &mut self,
        node: &'a Node,
        procedure: &Value<'a>,
        code: &'static str,
        position: usize,
        frame: FrameId,
    ) -> Result<()> {
        if let (Value::Undefined, Kind::Path(_), Some(name)) = (procedure, &node.kind, node.called_name())
            && self.is_bound(name, frame)
        {
            return Err(Error::new(code).at(position).token(name).into());
        }
        Ok(())
    }

    /// Calls a function. `site`: its name and position where it is written.
    pub(super) fn apply(
        &mut self,
        function: &Value<'a>,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
        frame: FrameId,
        site: Option<(Option<&str>, usize)>,
    ) -> Result<Value<'a>> {
        self.meter.enter_call()?;
        self.meter.steps(CALL_STEPS)?;
        let result = stacker::maybe_grow(STACK_LEFT, STACK_MORE, || {
            self.apply_to_the_end(function, arguments, input, frame, site)
        });
        self.meter.leave_call();
        result
    }

    /// Calls a function, then what it ends with, and so on.
    fn apply_to_the_end(
        &mut self,
        function: &Value<'a>,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
        frame: FrameId,
        site: Option<(Option<&str>, usize)>,
    ) -> Result<Value<'a>> {
        let mut result =
            self.apply_once(function, arguments, input, frame).map_err(|f| seen_from(f, function, site));
        while let Ok(Value::TailCall(call)) = &result {
            self.meter.steps(1)?;
            let (call, at) = (call.clone(), Some((call.name, call.position)));
            let arguments = match Rc::try_unwrap(call) {
                Ok(call) => (call.procedure, call.arguments),
                Err(shared) => (shared.procedure.clone(), shared.arguments.clone()),
            };
            let (procedure, arguments) = arguments;
            result = self
                .apply_once(&procedure, arguments, input, frame)
                .map_err(|f| seen_from(f, &procedure, at));
        }
        result
    }

    /// Calls a function that was handed over as an argument.
    pub(crate) fn call_back(&mut self, function: &Value<'a>, arguments: Vec<Value<'a>>) -> Result<Value<'a>> {
        self.meter.steps(1)?;
        self.apply(function, arguments, &Value::Null, FrameId::ROOT, None)
    }

    fn apply_once(
        &mut self,
        function: &Value<'a>,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let Value::Function(function, detached) = function else {
            return Err(Error::new("T1006").into());
        };
        let input = if *detached { &Value::Null } else { input };
        match &function.kind {
            FunctionKind::Native(native) => {
                let values = self.validate(&native.signature, arguments, input)?;
                (native.run)(self, &mut Arguments { values, input: input.clone(), frame })
            }
            FunctionKind::Host(host) => self.call_host(host, arguments, input),
            FunctionKind::Lambda { lambda, input: own_input, frame } => {
                let arguments = match &lambda.signature {
                    Some(signature) => self.validate(signature, arguments, input)?,
                    None => arguments,
                };
                self.call_lambda(lambda, arguments, own_input, *frame)
            }
            FunctionKind::Partial { target, arguments: fixed } => {
                self.call_partial(target, fixed, arguments, frame)
            }
            FunctionKind::Transform { transform, position, frame } => {
                let mut values = crate::functions::transform_signature().validate(arguments, input)?;
                let value = if values.is_empty() { Value::Undefined } else { values.swap_remove(0) };
                self.transform(transform, *position, value, *frame)
            }
            FunctionKind::Composed { first, second } => {
                let argument = arguments.into_iter().next().unwrap_or(Value::Undefined);
                let between = self.apply(first, vec![argument], &Value::Null, frame, None)?;
                self.apply(second, vec![between], &Value::Null, frame, None)
            }
            FunctionKind::Regex(pattern) => self.call_regex(pattern, &arguments),
            FunctionKind::NextMatch { pattern, text, from } => self.call_next(pattern, text, *from),
        }
    }

    /// [`Signature::validate`], charged: looking at an item and then using it takes half a step.
    fn validate(
        &mut self,
        signature: &Signature,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
    ) -> Result<Vec<Value<'a>>> {
        self.meter.steps(signature.items_to_check(&arguments) as u64 / 2)?;
        signature.validate(arguments, input)
    }

    fn call_lambda(
        &mut self,
        lambda: &'a Lambda,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        self.meter.bytes(FRAME_BYTES + lambda.parameters.len() * size_of::<Value>())?;
        let (inner, mark) = self.frames.enter(frame);
        let mut arguments = arguments.into_iter();
        for parameter in &lambda.parameters {
            let value = arguments.next().unwrap_or(Value::Undefined);
            self.frames.bind(inner, TupleKey::Name(parameter), value);
        }
        let value = self.eval(&lambda.body, input, inner);
        self.frames.leave(mark);
        value
    }

    /// A function of the caller's works on JSON.
    fn call_host(
        &mut self,
        host: &HostFunction,
        arguments: Vec<Value<'a>>,
        input: &Value<'a>,
    ) -> Result<Value<'a>> {
        let arguments = match &host.signature {
            Some(signature) => self.validate(signature, arguments, input)?,
            None => arguments,
        };
        let mut plain = Vec::with_capacity(arguments.len());
        for argument in &arguments {
            self.charge_result(argument)?;
            plain.push(if argument.is_undefined() { None } else { Some(argument.to_json_lossy()) });
        }
        match (host.run)(&plain) {
            Ok(Some(json)) => self.adopt(json),
            Ok(None) => Ok(Value::Undefined),
            Err(error) => Err(error.into()),
        }
    }

    fn call_partial(
        &mut self,
        target: &Rc<Function<'a>>,
        fixed: &[Option<Value<'a>>],
        arguments: Vec<Value<'a>>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        self.charge_items(fixed.len())?;
        let mut given = arguments.into_iter();
        let mut all = fixed.iter().map(|value| match value {
            Some(value) => value.clone(),
            None => given.next().unwrap_or(Value::Undefined),
        });
        if let FunctionKind::Lambda { lambda, input, frame } = &target.kind {
            // A signature isn't looked at again.
            let all: Vec<Value<'a>> = all.collect();
            return self.call_lambda(lambda, all, input, *frame);
        }
        let all = all.by_ref().collect();
        self.apply(&Value::Function(target.clone(), false), all, &Value::Undefined, frame, None)
    }

    pub(super) fn partial(
        &mut self,
        call: &'a Call,
        position: usize,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(match argument.kind {
                Kind::Placeholder => None,
                _ => Some(self.eval(argument, input, frame)?),
            });
        }
        let procedure = self.eval(&call.procedure, input, frame)?;
        self.missing_dollar(&call.procedure, &procedure, "T1007", position, frame)?;
        match procedure {
            Value::Function(target, _) => {
                self.frames.capture();
                self.charge_items(arguments.len())?;
                self.function(FunctionKind::Partial { target, arguments })
            }
            _ => {
                let error = Error::new("T1008").at(position);
                let name = call.procedure.called_name();
                Err(if let Some(name) = name { error.token(name) } else { error }.into())
            }
        }
    }

    /// `left ~> right`: a call gets the left side as its first argument, a function is called with it, and two
    /// functions make one.
    pub(super) fn apply_operator(
        &mut self,
        left: &'a Node,
        right: &'a Node,
        position: usize,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let value = self.eval(left, input, frame)?;
        if let Kind::Call(call) = &right.kind {
            return self.call(call, right.position, Some(value), input, frame);
        }
        let function = self.eval(right, input, frame)?;
        if !matches!(function, Value::Function(..)) {
            let error = Error::new("T2006").at(position);
            return Err(
                if function.is_undefined() { error } else { error.value(function.to_json_lossy()) }.into()
            );
        }
        if matches!(value, Value::Function(..)) {
            return self.function(FunctionKind::Composed { first: value, second: function });
        }
        self.apply(&function, vec![value], &Value::Null, frame, None)
    }
}

/// An error within a call is where the call is, as far as its reader is concerned.
fn seen_from(fault: Fault, function: &Value, site: Option<(Option<&str>, usize)>) -> Fault {
    match (fault, site) {
        (Fault::Error(mut error), Some((name, position))) => {
            if matches!(function, Value::Function(_, false)) && position > 0 {
                error.placed = false;
            }
            error.within_call(name, position);
            Fault::Error(error)
        }
        (fault, _) => fault,
    }
}
