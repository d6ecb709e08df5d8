//! `$eval`: an expression in a string, evaluated where it is called.

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::limits::own_error;
use crate::parse;
use crate::value::{Flags, Value};

/// Steps for each byte that is parsed.
const PARSE_STEPS: u64 = 10;

pub(super) fn eval<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let focus = arguments.take(1);
    let input = match focus {
        Value::Undefined => arguments.input.clone(),
        focus if focus.is_list() && !focus.flags().sequence => {
            evaluator.array(vec![focus], Flags { outer_wrapper: true, ..Flags::SEQUENCE })?
        }
        focus => focus,
    };
    evaluator.meter.steps(text.len() as u64 * PARSE_STEPS)?;
    evaluator.meter.bytes(text.len() * 64)?;
    let node = parse::parse(&text).map_err(|error| Error::new("D3120").value(error.told().message))?;
    let node = evaluator.kept.keep(node);
    evaluator.eval(node, &input, arguments.frame).or_else(|fault| {
        let error = own_error(fault)?;
        Err(Error::new("D3121").value(error.told().message).into())
    })
}
