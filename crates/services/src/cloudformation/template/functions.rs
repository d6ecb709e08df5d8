//! The intrinsic functions as shapes: which map of a template is a call, of what, with which arguments.
//!
//! One reading for all who need it (checks, dependencies, values, differences). The shape is checked here, with AWS's
//! words for each function; whether names exist and what the arguments are worth is decided elsewhere.

use super::fault::Fault;
use super::node::{Members, Node};
use super::sub;

/// A call that may stand wherever a value may.
#[derive(Debug, Clone, Copy)]
pub enum Function<'t> {
    Ref(&'t str),
    GetAtt {
        resource: &'t str,
        attribute: Attribute<'t>,
    },
    Sub {
        text: &'t str,
        variables: Option<&'t Members>,
    },
    Join {
        delimiter: &'t Node,
        list: &'t Node,
    },
    Split {
        delimiter: &'t Node,
        text: &'t Node,
    },
    Select {
        index: &'t Node,
        list: &'t Node,
    },
    If {
        condition: &'t str,
        then: &'t Node,
        otherwise: &'t Node,
    },
    FindInMap {
        map: &'t Node,
        top: &'t Node,
        second: &'t Node,
    },
    ImportValue(&'t Node),
    Base64(&'t Node),
    GetAzs(&'t Node),
    Cidr {
        block: &'t Node,
        count: &'t Node,
        bits: Option<&'t Node>,
    },
    /// A macro's call inside a template, named for the message that refuses it.
    Transform(&'t str),
}

/// The attribute that `Fn::GetAtt` asks for; in its list form it may be computed.
#[derive(Debug, Clone, Copy)]
pub enum Attribute<'t> {
    Named(&'t str),
    Computed(&'t Node),
}

/// A call that may stand only in the Conditions section.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'t> {
    Named(&'t str),
    Equals(&'t Node, &'t Node),
    And(&'t [Node]),
    Or(&'t [Node]),
    Not(&'t Node),
}

/// The call that this node is; `None` for a plain value.
pub fn function(node: &Node) -> Result<Option<Function<'_>>, Fault> {
    let Some((name, argument)) = single(node)? else { return Ok(None) };
    Ok(Some(match name {
        "Ref" => Function::Ref(argument.as_name().ok_or(Fault::RefShape)?),
        "Fn::GetAtt" => get_att(argument)?,
        "Fn::Sub" => substitution(argument)?,
        "Fn::Join" => match argument.as_list() {
            Some([delimiter, list]) => Function::Join { delimiter, list },
            _ => return Err(Fault::JoinShape),
        },
        "Fn::Split" => match argument.as_list() {
            Some([delimiter, text]) => Function::Split { delimiter, text },
            _ => return Err(Fault::SplitShape),
        },
        "Fn::Select" => match argument.as_list() {
            Some([index, list]) => Function::Select { index, list },
            _ => return Err(Fault::SelectShape),
        },
        "Fn::If" => choice(argument)?,
        "Fn::FindInMap" => match argument.as_list() {
            Some([map, top, second]) => Function::FindInMap { map, top, second },
            _ => return Err(Fault::FindInMapShape),
        },
        "Fn::ImportValue" => Function::ImportValue(argument),
        "Fn::Base64" => Function::Base64(argument),
        "Fn::GetAZs" => Function::GetAzs(argument),
        "Fn::Cidr" => match argument.as_list() {
            Some([block, count]) => Function::Cidr { block, count, bits: None },
            Some([block, count, bits]) => Function::Cidr { block, count, bits: Some(bits) },
            _ => return Err(Fault::CidrShape),
        },
        "Fn::Transform" => Function::Transform(
            argument
                .as_map()
                .and_then(|map| map.get("Name"))
                .and_then(Node::as_text)
                .unwrap_or("Fn::Transform"),
        ),
        _ if name.starts_with("Fn::") => return Err(Fault::UnsupportedFunction(name.to_owned())),
        _ => return Ok(None),
    }))
}

/// The condition that this node is.
pub fn condition(node: &Node) -> Result<Condition<'_>, Fault> {
    let Some((name, argument)) = single(node)? else { return Err(Fault::NotACondition) };
    match name {
        "Condition" => argument.as_name().map(Condition::Named).ok_or(Fault::ConditionShape),
        "Fn::Equals" => match argument.as_list() {
            Some([left, right]) => Ok(Condition::Equals(left, right)),
            _ => Err(Fault::EqualsShape),
        },
        "Fn::Not" => match argument.as_list() {
            Some([of]) => Ok(Condition::Not(of)),
            _ => Err(Fault::NotShape),
        },
        "Fn::And" => several(argument).map(Condition::And).ok_or(Fault::AndOrShape("Fn::And")),
        "Fn::Or" => several(argument).map(Condition::Or).ok_or(Fault::AndOrShape("Fn::Or")),
        _ => Err(Fault::NotACondition),
    }
}

/// The one member of a map that has no other. A function beside other members would be passed over silently: refused.
fn single(node: &Node) -> Result<Option<(&str, &Node)>, Fault> {
    let Some(members) = node.as_map() else { return Ok(None) };
    if members.len() > 1 {
        return match members.keys().find(|key| key.starts_with("Fn::")) {
            Some(key) if key == "Fn::Transform" => {
                Ok(members.get_key_value(key).map(|(key, node)| (key.as_str(), node)))
            }
            Some(key) => Err(Fault::UnsupportedFunction(key.clone())),
            None => Ok(None),
        };
    }
    Ok(members.first().map(|(key, node)| (key.as_str(), node)))
}

fn several(argument: &Node) -> Option<&[Node]> {
    argument.as_list().filter(|list| (2..=10).contains(&list.len()))
}

/// `A.b.c` is the attribute `b.c` of `A`; as a list the attribute stands alone.
fn get_att(argument: &Node) -> Result<Function<'_>, Fault> {
    let (resource, attribute) = if let Some(text) = argument.as_text() {
        let (resource, attribute) = text.split_once('.').ok_or(Fault::GetAttShape)?;
        (resource, Attribute::Named(attribute))
    } else {
        let Some([resource, attribute]) = argument.as_list() else { return Err(Fault::GetAttShape) };
        let resource = resource.as_name().ok_or(Fault::GetAttShape)?;
        let attribute = match attribute.as_text() {
            Some(name) => Attribute::Named(name),
            None if attribute.as_map().is_some() => Attribute::Computed(attribute),
            None => return Err(Fault::GetAttShape),
        };
        (resource, attribute)
    };
    if resource.is_empty() || matches!(attribute, Attribute::Named("")) {
        return Err(Fault::GetAttShape);
    }
    Ok(Function::GetAtt { resource, attribute })
}

fn substitution(argument: &Node) -> Result<Function<'_>, Fault> {
    let (text, variables) = match argument.as_list() {
        None => (argument.as_text(), None),
        Some([text, variables]) => (text.as_text(), Some(variables.as_map().ok_or(Fault::SubShape)?)),
        Some(_) => (None, None),
    };
    let text = text.ok_or(Fault::SubShape)?;
    let legal = |key: &String| {
        key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !key.is_empty()
    };
    if !variables.is_none_or(|variables| variables.keys().all(legal)) {
        return Err(Fault::SubKeyName);
    }
    for piece in sub::pieces(text) {
        piece?;
    }
    Ok(Function::Sub { text, variables })
}

fn choice(argument: &Node) -> Result<Function<'_>, Fault> {
    let list = argument.as_list().unwrap_or_default();
    let condition = list.first().and_then(Node::as_name).ok_or(Fault::IfCondition)?;
    match list {
        [_, then, otherwise] => Ok(Function::If { condition, then, otherwise }),
        _ => Err(Fault::IfShape),
    }
}
