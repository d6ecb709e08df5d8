//! A template as its sections, checked in form: what CloudFormation calls "Template format error".
//!
//! A template that declares a transform or calls a macro is read as far as a summary needs, since what it means is known
//! only after its expansion; [`Template::deployable`] refuses it.

use super::fault::{Fault, TemplateError};
use super::node::{Content, Members, Node};
use super::output::Output;
use super::parameters::Declaration;
use super::parse::{Format, parse};
use super::resource::Resource;
use super::validate;
use indexmap::IndexMap;

/// The sections of a template.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Resources",
    "Outputs",
];

const VERSION: &str = "2010-09-09";
const MAX_DESCRIPTION: usize = 1024;
const MAX_RESOURCES: usize = 500;
const MAX_PARAMETERS: usize = 200;
const MAX_MAPPINGS: usize = 200;
const MAX_OUTPUTS: usize = 200;

/// A mapping: keys, and the attributes of each.
pub type Mapping = IndexMap<String, Members>;

/// A template whose form and references hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub format: Format,
    pub version: Option<String>,
    pub description: Option<String>,
    pub metadata: Option<Node>,
    /// The transforms of the Transform section, and the macros that are called inside.
    pub transforms: Vec<String>,
    pub parameters: IndexMap<String, Declaration>,
    pub mappings: IndexMap<String, Mapping>,
    pub conditions: Members,
    pub resources: IndexMap<String, Resource>,
    pub outputs: IndexMap<String, Output>,
    unsupported: Vec<&'static str>,
}

impl Template {
    /// Reads and checks a template's text.
    ///
    /// # Errors
    /// The first thing that is wrong, in AWS's words.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let root = parse(text)?;
        let sections = root.as_map().ok_or(Fault::UnsupportedStructure)?;
        refuse_unknown_sections(sections)?;
        let transforms = transforms(sections, &root)?;
        let lenient = !transforms.is_empty();
        let template = Self {
            format: Format::of(text),
            version: version(sections)?,
            description: description(sections)?,
            metadata: section(sections, "Metadata")?.and_then(|_| sections.get("Metadata")).cloned(),
            transforms,
            parameters: parameters(sections)?,
            mappings: mappings(sections)?,
            conditions: section(sections, "Conditions")?.cloned().unwrap_or_default(),
            resources: resources(sections, lenient)?,
            outputs: outputs(sections, lenient)?,
            unsupported: ["Rules", "Hooks"].into_iter().filter(|name| sections.contains_key(*name)).collect(),
        };
        template.refuse_common_names()?;
        if !lenient {
            validate::references(&template)?;
        }
        Ok(template)
    }

    /// Refuses what can't be deployed here: transforms, sections and resource types that are not known.
    ///
    /// # Errors
    /// The reason, fit for a stack's status.
    pub fn deployable(&self, known_type: &dyn Fn(&str) -> bool) -> Result<(), TemplateError> {
        if let Some(transform) = self.transforms.first() {
            return Err(Fault::TransformUnsupported(transform.clone()).into());
        }
        if let Some(section) = self.unsupported.first() {
            return Err(Fault::SectionUnsupported(section).into());
        }
        self.refuse_unknown_types(known_type)
    }

    /// Refuses resource types that aren't known; with a transform they are known only after it.
    ///
    /// # Errors
    /// All unknown types at once.
    pub fn refuse_unknown_types(&self, known_type: &dyn Fn(&str) -> bool) -> Result<(), TemplateError> {
        if !self.transforms.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> =
            self.resources.values().filter(|resource| !known_type(&resource.resource_type)).collect();
        let Some(first) = unknown.first() else { return Ok(()) };
        let mut names: Vec<_> = unknown.iter().map(|resource| resource.resource_type.clone()).collect();
        names.sort_unstable();
        names.dedup();
        Err(Fault::UnrecognizedTypes(names).at(first.type_place))
    }

    fn refuse_common_names(&self) -> Result<(), TemplateError> {
        let common: Vec<_> =
            self.resources.keys().filter(|name| self.parameters.contains_key(*name)).cloned().collect();
        if common.is_empty() { Ok(()) } else { Err(Fault::CommonNames(common).into()) }
    }
}

fn refuse_unknown_sections(sections: &Members) -> Result<(), TemplateError> {
    let mut unknown = sections.iter().filter(|(name, _)| !SECTIONS.contains(&name.as_str())).peekable();
    let Some((_, first)) = unknown.peek() else { return Ok(()) };
    let place = first.place;
    Err(Fault::UnknownSections(unknown.map(|(name, _)| name.clone()).collect()).at(place))
}

fn version(sections: &Members) -> Result<Option<String>, TemplateError> {
    let Some(node) = sections.get("AWSTemplateFormatVersion") else { return Ok(None) };
    match node.as_text() {
        Some(VERSION) => Ok(Some(VERSION.to_owned())),
        _ => Err(Fault::UnsupportedVersion.at(node.place)),
    }
}

fn description(sections: &Members) -> Result<Option<String>, TemplateError> {
    let Some(node) = sections.get("Description") else { return Ok(None) };
    let text = node.scalar_text().ok_or_else(|| Fault::MemberNotString("Description").at(node.place))?;
    if text.len() > MAX_DESCRIPTION {
        return Err(Fault::MemberTooLong { name: "Description", limit: MAX_DESCRIPTION }.at(node.place));
    }
    Ok(Some(text))
}

/// A section that is a map.
fn section<'t>(sections: &'t Members, name: &'static str) -> Result<Option<&'t Members>, TemplateError> {
    let Some(node) = sections.get(name) else { return Ok(None) };
    node.as_map().map(Some).ok_or_else(|| Fault::SectionNotObject(name).at(node.place))
}

fn refuse_too_many(what: &'static str, count: usize, limit: usize) -> Result<(), TemplateError> {
    if count > limit { Err(Fault::TooMany { what, count, limit }.into()) } else { Ok(()) }
}

pub(super) fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The Transform section (a name, a map with a name, or a list of them), and macros called anywhere.
fn transforms(sections: &Members, root: &Node) -> Result<Vec<String>, TemplateError> {
    let mut names = Vec::new();
    if let Some(node) = sections.get("Transform") {
        for item in node.as_list().unwrap_or(std::slice::from_ref(node)) {
            let name = item.as_text().or_else(|| item.as_map()?.get("Name")?.as_text());
            names.push(name.ok_or_else(|| Fault::MemberNotString("Transform").at(item.place))?.to_owned());
        }
    }
    macros(root, &mut names);
    Ok(names)
}

fn macros(node: &Node, names: &mut Vec<String>) {
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| macros(item, names)),
        Content::Map(members) => {
            for (key, member) in members {
                let called = match key.as_str() {
                    "Fn::Transform" => {
                        member.as_map().and_then(|call| call.get("Name")).and_then(Node::as_text)
                    }
                    _ if key.starts_with("Fn::ForEach::") => Some("AWS::LanguageExtensions"),
                    _ => None,
                };
                if let Some(name) = called.filter(|name| !names.iter().any(|known| known == name)) {
                    names.push(name.to_owned());
                }
                macros(member, names);
            }
        }
        Content::Null | Content::Bool(..) | Content::Number(_) | Content::Text(_) => {}
    }
}

fn parameters(sections: &Members) -> Result<IndexMap<String, Declaration>, TemplateError> {
    let Some(members) = section(sections, "Parameters")? else { return Ok(IndexMap::new()) };
    refuse_too_many("parameters", members.len(), MAX_PARAMETERS)?;
    members
        .iter()
        .filter(|(name, _)| !name.starts_with("Fn::"))
        .map(|(name, node)| Ok((name.clone(), Declaration::parse(name, node)?)))
        .collect()
}

fn mappings(sections: &Members) -> Result<IndexMap<String, Mapping>, TemplateError> {
    let Some(members) = section(sections, "Mappings")? else { return Ok(IndexMap::new()) };
    refuse_too_many("mappings", members.len(), MAX_MAPPINGS)?;
    members
        .iter()
        .filter(|(name, _)| !name.starts_with("Fn::"))
        .map(|(name, node)| Ok((name.clone(), mapping(name, node)?)))
        .collect()
}

fn mapping(name: &str, node: &Node) -> Result<Mapping, TemplateError> {
    let keys = node.as_map().ok_or_else(|| Fault::MappingNotMap(name.to_owned()).at(node.place))?;
    keys.iter()
        .filter(|(key, _)| *key != "Fn::Transform")
        .map(|(key, node)| {
            let attributes = node.as_map().ok_or_else(|| Fault::MappingNotMap(key.clone()).at(node.place))?;
            attributes.iter().try_for_each(|(attribute, value)| mapping_attribute(attribute, value))?;
            Ok((key.clone(), attributes.clone()))
        })
        .collect()
}

fn mapping_attribute(name: &str, value: &Node) -> Result<(), TemplateError> {
    if !is_alphanumeric(name) {
        return Err(Fault::MappingAttributeName(name.to_owned()).at(value.place));
    }
    let is_scalar = |node: &Node| node.scalar_text().is_some();
    if is_scalar(value) || value.as_list().is_some_and(|items| items.iter().all(is_scalar)) {
        return Ok(());
    }
    Err(Fault::MappingAttribute.at(value.place))
}

fn resources(sections: &Members, lenient: bool) -> Result<IndexMap<String, Resource>, TemplateError> {
    let members =
        section(sections, "Resources")?.filter(|members| !members.is_empty()).ok_or(Fault::NoResources)?;
    refuse_too_many("resources", members.len(), MAX_RESOURCES)?;
    let mut resources = IndexMap::new();
    for (name, node) in members {
        match Resource::parse(name, node) {
            Ok(resource) => {
                resources.insert(name.clone(), resource);
            }
            Err(_) if lenient => {}
            Err(error) => return Err(error),
        }
    }
    Ok(resources)
}

fn outputs(sections: &Members, lenient: bool) -> Result<IndexMap<String, Output>, TemplateError> {
    let Some(members) = section(sections, "Outputs")? else { return Ok(IndexMap::new()) };
    refuse_too_many("outputs", members.len(), MAX_OUTPUTS)?;
    let mut outputs = IndexMap::new();
    for (name, node) in members {
        match Output::parse(name, node) {
            Ok(output) => {
                outputs.insert(name.clone(), output);
            }
            Err(_) if lenient => {}
            Err(error) => return Err(error),
        }
    }
    Ok(outputs)
}
