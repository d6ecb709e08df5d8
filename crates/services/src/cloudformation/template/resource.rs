//! A resource as its template declares it: type, properties and the attributes beside them.

use super::fault::{Fault, TemplateError};
use super::node::{Members, Node, Place};
use super::sections::is_alphanumeric;

/// The attributes that a resource may have. `Version` belongs to custom resources.
const ATTRIBUTES: [&str; 11] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "Description",
    "Version",
];

/// The types that `Snapshot` means something for.
const SNAPSHOT_TYPES: [&str; 9] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::MemoryDB::Cluster",
];

/// What becomes of a resource that leaves its stack, or of the old one that a new one replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    #[default]
    Delete,
    Retain,
    /// Kept, unless the stack's own creation fails.
    RetainExceptOnCreate,
    Snapshot,
}

impl Policy {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Delete, Self::Retain, Self::RetainExceptOnCreate, Self::Snapshot]
            .into_iter()
            .find(|policy| policy.as_str() == text)
    }
}

/// A member of the Resources section.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub place: Place,
    pub resource_type: String,
    pub type_place: Place,
    pub properties: Option<Node>,
    pub depends_on: Vec<String>,
    pub condition: Option<String>,
    /// As the template says; without a word it is [`Policy::Delete`].
    pub deletion_policy: Option<Policy>,
    pub update_replace_policy: Option<Policy>,
    pub metadata: Option<Node>,
    pub creation_policy: Option<Node>,
    pub update_policy: Option<Node>,
}

impl Resource {
    pub(super) fn parse(name: &str, node: &Node) -> Result<Self, TemplateError> {
        let members = node.as_map().ok_or_else(|| Fault::MemberNotObject("Resources").at(node.place))?;
        if !is_alphanumeric(name) {
            return Err(
                Fault::NameNotAlphanumeric { section: "Resource", name: name.to_owned() }.at(node.place)
            );
        }
        let no_type = || Fault::NoType(name.to_owned()).at(node.place);
        let type_node = members.get("Type").ok_or_else(no_type)?;
        if let Some((key, member)) = members.iter().find(|(key, _)| !ATTRIBUTES.contains(&key.as_str())) {
            return Err(Fault::UnknownResourceProperty(key.clone()).at(member.place));
        }
        let object = |attribute| object(name, members, attribute);
        let resource = Self {
            place: node.place,
            resource_type: type_node.as_text().ok_or_else(no_type)?.to_owned(),
            type_place: type_node.place,
            properties: object("Properties")?,
            depends_on: depends_on(members)?,
            condition: condition(members)?,
            deletion_policy: policy(name, members, "DeletionPolicy")?,
            update_replace_policy: policy(name, members, "UpdateReplacePolicy")?,
            metadata: object("Metadata")?,
            creation_policy: object("CreationPolicy")?,
            update_policy: object("UpdatePolicy")?,
        };
        resource.refuse_snapshot()?;
        Ok(resource)
    }

    /// The values in which functions may stand, with the attribute that holds each.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &Node)> {
        [
            ("Properties", &self.properties),
            ("Metadata", &self.metadata),
            ("CreationPolicy", &self.creation_policy),
            ("UpdatePolicy", &self.update_policy),
        ]
        .into_iter()
        .filter_map(|(attribute, node)| node.as_ref().map(|node| (attribute, node)))
    }

    fn refuse_snapshot(&self) -> Result<(), TemplateError> {
        let snapshot = [self.deletion_policy, self.update_replace_policy].contains(&Some(Policy::Snapshot));
        if snapshot && !SNAPSHOT_TYPES.contains(&self.resource_type.as_str()) {
            return Err(Fault::NoSnapshot(self.resource_type.clone()).at(self.place));
        }
        Ok(())
    }
}

fn object(name: &str, members: &Members, attribute: &'static str) -> Result<Option<Node>, TemplateError> {
    let Some(node) = members.get(attribute) else { return Ok(None) };
    if node.as_map().is_none() {
        return Err(Fault::AttributeNotObject { resource: name.to_owned(), attribute }.at(node.place));
    }
    Ok(Some(node.clone()))
}

fn depends_on(members: &Members) -> Result<Vec<String>, TemplateError> {
    let Some(node) = members.get("DependsOn") else { return Ok(Vec::new()) };
    let names = match (node.as_name(), node.as_list()) {
        (Some(name), _) => Some(vec![name.to_owned()]),
        (None, Some(list)) => list.iter().map(|item| item.as_name().map(str::to_owned)).collect(),
        (None, None) => None,
    };
    names.ok_or_else(|| Fault::DependsOn.at(node.place))
}

fn condition(members: &Members) -> Result<Option<String>, TemplateError> {
    let Some(node) = members.get("Condition") else { return Ok(None) };
    node.as_name().map(|name| Some(name.to_owned())).ok_or_else(|| Fault::ConditionShape.at(node.place))
}

fn policy(name: &str, members: &Members, attribute: &'static str) -> Result<Option<Policy>, TemplateError> {
    let Some(node) = members.get(attribute) else { return Ok(None) };
    let text = node.scalar_text().unwrap_or_default();
    match Policy::parse(&text) {
        // What happens on replacement has no creation to except.
        Some(Policy::RetainExceptOnCreate) if attribute == "UpdateReplacePolicy" => {}
        Some(policy) => return Ok(Some(policy)),
        None => {}
    }
    Err(Fault::UnknownPolicy { attribute, value: text, resource: name.to_owned() }.at(node.place))
}
