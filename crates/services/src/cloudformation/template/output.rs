//! An output as its template declares it.

use super::fault::{Fault, TemplateError};
use super::node::{Node, Place};
use super::sections::is_alphanumeric;

const MEMBERS: [&str; 4] = ["Description", "Value", "Export", "Condition"];

/// A member of the Outputs section.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub place: Place,
    pub description: Option<String>,
    pub value: Node,
    pub export_name: Option<Node>,
    pub condition: Option<String>,
}

impl Output {
    pub(super) fn parse(name: &str, node: &Node) -> Result<Self, TemplateError> {
        if !is_alphanumeric(name) {
            return Err(Fault::OutputNameNotAlphanumeric(name.to_owned()).at(node.place));
        }
        let members = node.as_map().ok_or_else(|| Fault::MemberNotObject("Outputs").at(node.place))?;
        if let Some((key, member)) = members.iter().find(|(key, _)| !MEMBERS.contains(&key.as_str())) {
            return Err(Fault::UnknownOutputProperty(key.clone()).at(member.place));
        }
        let condition = members.get("Condition").map(|node| {
            node.as_name().map(str::to_owned).ok_or_else(|| Fault::ConditionShape.at(node.place))
        });
        let description = members.get("Description").map(|node| {
            node.scalar_text().ok_or_else(|| Fault::MemberNotString("Description").at(node.place))
        });
        Ok(Self {
            place: node.place,
            description: description.transpose()?,
            value: members.get("Value").cloned().ok_or_else(|| Fault::NoValue.at(node.place))?,
            export_name: members.get("Export").map(|export| export_name(name, export)).transpose()?,
            condition: condition.transpose()?,
        })
    }
}

fn export_name(output: &str, export: &Node) -> Result<Node, TemplateError> {
    let malformed = || Fault::ExportName(output.to_owned()).at(export.place);
    let members = export.as_map().filter(|members| members.len() == 1).ok_or_else(malformed)?;
    let name = members.get("Name").ok_or_else(malformed)?;
    match name.scalar_text() {
        Some(text) if !is_export_name(&text) => Err(malformed()),
        None if name.as_list().is_some() => Err(malformed()),
        _ => Ok(name.clone()),
    }
}

/// What an export may be called.
pub(super) fn is_export_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-'))
}
