//! Binary operators, one after the other from the left.

use super::{Evaluator, FrameId};
use crate::ast::{Chain, Link, Node, Operator};
use crate::error::{Error, Fault, Result};
use crate::value::{Value, checked, deep_equal, utf16_compare};

impl<'a> Evaluator<'a> {
    pub(super) fn chain(&mut self, chain: &'a Chain, input: &Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        let mut left = self.eval(&chain.first, input, frame)?;
        let mut links = &chain.links[..];
        while let [link, rest @ ..] = links {
            if link.operator == Operator::Concatenate
                && matches!(rest, [next, ..] if next.operator == link.operator)
            {
                let count = links.iter().take_while(|link| link.operator == Operator::Concatenate).count();
                left = self.concatenation(left, &links[..count], input, frame)?;
                links = &links[count..];
                continue;
            }
            left = self.link(left, link, input, frame)?;
            links = rest;
        }
        Ok(left)
    }

    fn link(
        &mut self,
        left: Value<'a>,
        link: &'a Link,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if let Operator::And | Operator::Or = link.operator {
            return self.boolean(left, link, input, frame).map_err(|fault| located(fault, link));
        }
        let right = self.eval(&link.operand, input, frame)?;
        self.operate(link.operator, left, right).map_err(|fault| located(fault, link))
    }

    fn boolean(
        &mut self,
        left: Value<'a>,
        link: &'a Link,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let left = self.truth(&left)?;
        if left == (link.operator == Operator::Or) {
            return Ok(Value::Bool(left));
        }
        let right = self.eval(&link.operand, input, frame)?;
        Ok(Value::Bool(self.truth(&right)?))
    }

    fn operate(&mut self, operator: Operator, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>> {
        match operator {
            Operator::Equal | Operator::NotEqual => {
                if left.is_undefined() || right.is_undefined() {
                    return Ok(Value::Bool(false));
                }
                let equal = deep_equal(&left, &right, &mut self.meter)?;
                Ok(Value::Bool(equal == (operator == Operator::Equal)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.compare(operator, left, right)
            }
            Operator::Concatenate => {
                let mut text = String::new();
                self.append_text(&mut text, &left)?;
                self.append_text(&mut text, &right)?;
                Ok(Value::text(text))
            }
            Operator::In => self.includes(left, right),
            _ => arithmetic(operator, left, right),
        }
    }

    fn compare(&mut self, operator: Operator, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>> {
        let comparable =
            |value: &Value| value.is_undefined() || value.as_number().is_some() || value.as_str().is_some();
        if !comparable(&left) || !comparable(&right) {
            let value = if left.as_number().is_none() && left.as_str().is_none() { left } else { right };
            let error = Error::new("T2010");
            return Err(if value.is_undefined() { error } else { error.value(value.to_json_lossy()) }.into());
        }
        let order = match (&left, &right) {
            (Value::Undefined, _) | (_, Value::Undefined) => return Ok(Value::Undefined),
            (Value::String(left), Value::String(right)) => {
                self.meter.walk(left.len().min(right.len()) / 4)?;
                Some(utf16_compare(left, right))
            }
            _ => match (left.as_number(), right.as_number()) {
                (Some(left), Some(right)) => left.partial_cmp(&right),
                _ => {
                    let error = Error::new("T2009").value(left.to_json_lossy());
                    return Err(error.detail("value2", right.to_json_lossy()).into());
                }
            },
        };
        Ok(Value::Bool(order.is_some_and(|order| match operator {
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            _ => order.is_ge(),
        })))
    }

    /// Arrays and objects are never in an array: they would have to be the very same ones.
    fn includes(&mut self, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>> {
        if left.is_undefined() || right.is_undefined() {
            return Ok(Value::Bool(false));
        }
        let same = |item: &Value<'a>| match (item, &left) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(item), Value::Bool(left)) => item == left,
            (Value::String(item), Value::String(left)) => item == left,
            (Value::Array(item), Value::Array(left)) => std::rc::Rc::ptr_eq(item, left),
            (Value::Object(item), Value::Object(left)) => std::rc::Rc::ptr_eq(item, left),
            (Value::DataObject(item), Value::DataObject(left)) => std::ptr::eq(*item, *left),
            (Value::DataArray(item), Value::DataArray(left)) => std::ptr::eq(item.as_ptr(), left.as_ptr()),
            _ => left.as_number().is_some() && item.as_number() == left.as_number(),
        };
        let Some(list) = right.list() else { return Ok(Value::Bool(same(&right))) };
        self.meter.walk(list.len() * 8)?;
        Ok(Value::Bool(list.iter().any(|item| same(&item))))
    }

    /// A run of `&` fills one buffer, so that a long one costs no more than its result.
    fn concatenation(
        &mut self,
        first: Value<'a>,
        links: &'a [Link],
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let mut text = String::new();
        for (index, link) in links.iter().enumerate() {
            let right = self.eval(&link.operand, input, frame)?;
            if index == 0 {
                self.append_text(&mut text, &first).map_err(|fault| located(fault, link))?;
            }
            self.append_text(&mut text, &right).map_err(|fault| located(fault, link))?;
        }
        Ok(Value::text(text))
    }

    fn append_text(&mut self, text: &mut String, value: &Value<'a>) -> Result<()> {
        if let Some(string) = self.string(value, false)? {
            self.meter.bytes(string.len())?;
            text.push_str(&string);
        }
        Ok(())
    }

    pub(super) fn negate(
        &mut self,
        operand: &'a Node,
        position: usize,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let value = self.eval(operand, input, frame)?;
        match value.as_number() {
            Some(number) => Ok(Value::Number(-checked(number)?)),
            None if value.is_undefined() => Ok(value),
            None => Err(Error::new("D1002").at(position).token("-").value(value.to_json_lossy()).into()),
        }
    }
}

fn arithmetic<'a>(operator: Operator, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>> {
    let (left, right) = (operand(left, "T2001")?, operand(right, "T2002")?);
    let (Some(left), Some(right)) = (left, right) else { return Ok(Value::Undefined) };
    Ok(Value::Number(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    }))
}

fn operand(value: Value, code: &'static str) -> Result<Option<f64>> {
    match value.as_number() {
        Some(number) if !number.is_nan() => checked(number).map(Some),
        None if value.is_undefined() => Ok(None),
        _ => Err(Error::new(code).value(value.to_json_lossy()).into()),
    }
}

/// An error of an operator is where the operator is.
fn located(fault: Fault, link: &Link) -> Fault {
    match fault {
        Fault::Error(error) => Fault::Error(error.at(link.position).token(link.operator.text())),
        too_much => too_much,
    }
}
