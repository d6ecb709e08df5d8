//! Evaluates a tree on an input within a frame of variables.
//!
//! Everything that is made or visited is charged to the meter first. Native recursion is as deep as the meter's depth
//! allows; the stack grows for it.

mod apply;
mod chain;
mod construct;
mod filter;
mod frames;
mod group;
mod kept;
mod make;
mod path;
mod random;
mod regex_match;
mod sort;
mod step;
mod transform;
mod tuple;

use std::rc::Rc;

use crate::ast::{Extra, Kind, Node};
use crate::error::{Error, Failure, Fault, Result};
use crate::limits::{Limits, Meter};
use crate::scope::Scope;
use crate::value::{Flags, FunctionKind, NotJson, Object, Str, TupleKey, Value};
use crate::{Outcome, ast};

pub(crate) use apply::Arguments;
pub(crate) use frames::FrameId;
use frames::Frames;
use kept::{Kept, Tail};
pub(crate) use regex_match::{Match, Matches};

/// Every so many levels it is seen to that the stack is large enough for as many more.
const STACK_CHECK: u32 = 2;
const STACK_LEFT: usize = 384 << 10;
const STACK_MORE: usize = 2 << 20;

pub(crate) struct Evaluator<'a> {
    pub scope: &'a dyn Scope,
    pub meter: Meter,
    pub frames: Frames<'a>,
    /// Expressions that `$eval` parsed.
    pub kept: Tail<'a>,
    pub root: Value<'a>,
    /// The state of the generator of `$random` and `$shuffle`.
    pub random: u64,
}

pub(crate) fn evaluate(
    node: &Node,
    scope: &dyn Scope,
    limits: Limits,
) -> std::result::Result<Outcome, Failure> {
    let kept = Kept::default();
    let root = scope.input().map_or(Value::Undefined, Value::from_data);
    let (meter, random) = (Meter::new(limits), scope.seed());
    let mut evaluator = Evaluator { scope, meter, frames: Frames::new(), kept: kept.tail(), root, random };
    evaluator.outcome(node).map_err(|fault| match fault {
        Fault::Error(error) => Failure::Error(error.told()),
        Fault::TooMuch(what) => Failure::TooMuch(what),
    })
}

impl<'a> Evaluator<'a> {
    fn outcome(&mut self, node: &'a Node) -> Result<Outcome> {
        let input = self.outer_input();
        let value = self.eval(node, &input, FrameId::ROOT)?;
        if value.is_undefined() {
            return Ok(Outcome::Undefined);
        }
        self.charge_result(&value)?;
        match value.to_json() {
            Ok(json) => Ok(Outcome::Value(json)),
            Err(NotJson::Function(pointer)) => Ok(Outcome::Unsupported { pointer }),
            Err(NotJson::Number) => Err(Error::new("D1001").value(()).into()),
        }
    }

    /// The input; an array is wrapped, so that it is taken for one value.
    fn outer_input(&self) -> Value<'a> {
        match &self.root {
            root if root.is_list() => {
                Value::array(vec![root.clone()], Flags { outer_wrapper: true, ..Flags::SEQUENCE })
            }
            root => root.clone(),
        }
    }

    #[inline]
    pub(crate) fn eval(&mut self, node: &'a Node, input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        self.meter.steps(1)?;
        if node.extra.is_none() {
            // Leaves need no level of their own.
            match &node.kind {
                Kind::Number(number) => return Ok(Value::Number(*number)),
                Kind::String(text) => return Ok(Value::String(Str::Data(text))),
                Kind::Null => return Ok(Value::Null),
                Kind::Bool(value) => return Ok(Value::Bool(*value)),
                Kind::Context => return Ok(unwrap_outer(input)),
                Kind::Variable(variable) => return self.variable(variable, frame).map(Value::unwrapped),
                _ => {}
            }
        }
        let depth = self.meter.enter()?;
        let value = if depth.is_multiple_of(STACK_CHECK) {
            stacker::maybe_grow(STACK_LEFT, STACK_MORE, || self.eval_whole(node, input, frame))
        } else {
            self.eval_whole(node, input, frame)
        };
        self.meter.leave();
        value
    }

    fn eval_whole(&mut self, node: &'a Node, input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        let value = self.eval_kind(node, input, frame)?;
        match &node.extra {
            None => Ok(value.unwrapped()),
            Some(extra) => self.finish(node, extra, value, frame),
        }
    }

    /// Predicates, grouping and `[]`.
    #[inline(never)]
    fn finish(
        &mut self,
        node: &'a Node,
        extra: &'a Extra,
        value: Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let mut value = value;
        for predicate in &extra.predicates {
            value = self.filter(predicate, value, frame)?;
        }
        if let Some(group) = &extra.group
            && !matches!(node.kind, Kind::Path(_))
        {
            value = self.group(group, value, frame)?;
        }
        if extra.keep_array {
            value = keep_singleton(value);
        }
        Ok(value.unwrapped())
    }

    fn eval_kind(&mut self, node: &'a Node, input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        match &node.kind {
            Kind::Null => Ok(Value::Null),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Number(number) => Ok(Value::Number(*number)),
            Kind::String(text) => Ok(Value::String(Str::Data(text))),
            Kind::Regex(pattern) => Ok(Value::function(FunctionKind::Regex(pattern))),
            Kind::Name(name) => self.lookup(input, name),
            Kind::Wildcard => self.wildcard(input),
            Kind::Descendant => self.descendants(input),
            Kind::Parent(slot) => {
                let label = slot.label.load(std::sync::atomic::Ordering::Relaxed);
                let (found, hops) = self.frames.lookup(TupleKey::Label(label), frame);
                self.meter.steps(hops)?;
                Ok(found.unwrap_or(Value::Undefined))
            }
            Kind::Context => Ok(unwrap_outer(input)),
            Kind::Root => Ok(self.root.clone()),
            Kind::Variable(variable) => self.variable(variable, frame),
            Kind::Path(path) => self.path(path, node.extra.as_deref(), input, frame),
            Kind::Chain(chain) => self.chain(chain, input, frame),
            Kind::Negate(operand) => self.negate(operand, node.position, input, frame),
            Kind::Array(items) => self.array_constructor(items, node.is_cons_array(), input, frame),
            Kind::Range(ends) => self.range(ends, node.position, input, frame),
            Kind::Object(pairs) => self.object_constructor(pairs, input, frame),
            Kind::Block(block) => self.block(block, input, frame),
            Kind::Condition(condition) => self.condition(condition, input, frame),
            Kind::Default(pair) => {
                let value = self.eval(&pair.0, input, frame)?;
                if self.truth(&value)? { Ok(value) } else { self.eval(&pair.1, input, frame) }
            }
            Kind::Coalesce(pair) => {
                let value = self.eval(&pair.0, input, frame)?;
                if value.is_undefined() { self.eval(&pair.1, input, frame) } else { Ok(value) }
            }
            Kind::Bind(bind) => {
                let value = self.eval(&bind.value, input, frame)?;
                self.meter.bytes(std::mem::size_of::<Value>())?;
                self.frames.bind(frame, TupleKey::Name(&bind.name), value.clone());
                Ok(value)
            }
            Kind::Call(call) => self.call(call, node.position, None, input, frame),
            Kind::Partial(call) => self.partial(call, node.position, input, frame),
            Kind::Placeholder => Ok(Value::Undefined),
            Kind::Lambda(lambda) => {
                self.frames.capture();
                let input = input.clone();
                self.function(FunctionKind::Lambda { lambda, input, frame })
            }
            Kind::Apply(pair) => self.apply_operator(&pair.0, &pair.1, node.position, input, frame),
            Kind::Transform(transform) => {
                self.frames.capture();
                self.function(FunctionKind::Transform { transform, position: node.position, frame })
            }
            // Sorting needs the whole sequence; a path calls it.
            Kind::Sort(terms) => self.sort_step(terms, node.position, input.clone(), frame),
        }
    }

    fn block(&mut self, block: &'a ast::Block, input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        if !block.binds {
            return self.last_of(&block.expressions, input, frame);
        }
        self.meter.bytes(frames::FRAME_BYTES)?;
        let (inner, mark) = self.frames.enter(frame);
        let value = self.last_of(&block.expressions, input, inner);
        self.frames.leave(mark);
        value
    }

    fn last_of(&mut self, expressions: &'a [Node], input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        let mut value = Value::Undefined;
        for expression in expressions {
            value = self.eval(expression, input, frame)?;
        }
        Ok(value)
    }

    fn condition(
        &mut self,
        condition: &'a ast::Condition,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let value = self.eval(&condition.condition, input, frame)?;
        if self.truth(&value)? {
            return self.eval(&condition.then, input, frame);
        }
        match &condition.otherwise {
            Some(otherwise) => self.eval(otherwise, input, frame),
            None => Ok(Value::Undefined),
        }
    }

    /// Bindings first, then what the caller lends, then the built-in functions.
    fn variable(&mut self, variable: &'a ast::Variable, frame: FrameId) -> Result<Value<'a>> {
        let (found, hops) = self.frames.lookup(TupleKey::Name(&variable.name), frame);
        if hops > 8 {
            self.meter.steps(hops / 8)?;
        }
        if let Some(value) = found {
            return Ok(value);
        }
        let scope = self.scope;
        if let Some(members) = scope.members(&variable.name) {
            return self.members(&variable.name, members);
        }
        if let Some(data) = scope.variable(&variable.name) {
            return Ok(Value::from_data(data));
        }
        if let Some(host) = scope.function(&variable.name) {
            return Ok(Value::function(FunctionKind::Host(host)));
        }
        match variable.native {
            Some(native) if !scope.removes(&variable.name) => {
                Ok(Value::function(FunctionKind::Native(native)))
            }
            _ => Ok(Value::Undefined),
        }
    }

    /// An object of some members of a variable of the caller's.
    fn members(&mut self, name: &str, members: &[&'static str]) -> Result<Value<'a>> {
        self.meter.steps(members.len() as u64)?;
        let scope = self.scope;
        let entries = members.iter().filter_map(|member| {
            let value = scope.member(name, member)?;
            Some((Str::Data(member), Value::from_data(value)))
        });
        Ok(Value::Object(Rc::new(Object::new(entries.collect()))))
    }

    /// The beginning of a path such as `$states.input`: of the variable only the member that is asked for, so that the
    /// others need not be there.
    pub(super) fn lent_member(&mut self, path: &'a ast::Path, frame: FrameId) -> Result<Option<Value<'a>>> {
        let [first, second, ..] = path.steps.as_slice() else { return Ok(None) };
        let (Kind::Variable(variable), Kind::Name(member), None) = (&first.kind, &second.kind, &first.extra)
        else {
            return Ok(None);
        };
        let Some(members) = self.scope.members(&variable.name) else { return Ok(None) };
        if self.frames.lookup(TupleKey::Name(&variable.name), frame).0.is_some() {
            return Ok(None);
        }
        match members.iter().position(|known| **known == **member) {
            Some(index) => self.members(&variable.name, &members[index..=index]).map(Some),
            None => self.members(&variable.name, &[]).map(Some),
        }
    }

    /// Whether anything is bound to a name.
    pub(crate) fn is_bound(&mut self, name: &'a str, frame: FrameId) -> bool {
        self.frames.lookup(TupleKey::Name(name), frame).0.is_some_and(|value| !value.is_undefined())
            || self.scope.members(name).is_some()
            || self.scope.variable(name).is_some()
            || self.scope.function(name).is_some()
            || (crate::functions::native(name).is_some() && !self.scope.removes(name))
    }

    /// [`Value::is_true`], charged.
    pub(crate) fn truth(&mut self, value: &Value<'a>) -> Result<bool> {
        if let Some(list) = value.list() {
            self.meter.walk(list.len())?;
        }
        value.is_true()
    }
}

/// `$` for an input that was wrapped is the input.
fn unwrap_outer<'a>(input: &Value<'a>) -> Value<'a> {
    match input {
        Value::Array(array) if array.flags.outer_wrapper => array.items[0].clone(),
        _ => input.clone(),
    }
}

/// Marks a sequence so that one item stays an array.
pub(crate) fn keep_singleton(value: Value) -> Value {
    let Value::Array(mut array) = value else { return value };
    if !array.flags.sequence || array.flags.keep_singleton {
        return Value::Array(array);
    }
    let flags = Flags { keep_singleton: true, ..array.flags };
    if let Some(own) = Rc::get_mut(&mut array) {
        own.flags = flags;
        return Value::Array(array);
    }
    // A longer one that something else holds too means the same either way.
    if array.items.len() > 1 { Value::Array(array) } else { Value::array(array.items.clone(), flags) }
}
