//! The intrinsic functions, each evaluated in AWS's way. What is unknown in an argument makes the whole value unknown.

use super::cidr;
use super::fault::{Fault, TemplateError};
use super::functions::{Attribute, Function};
use super::node::{Members, Node, value_text};
use super::resolve::{NoSuchAttribute, Outcome, Resolver};
use super::sub::{Piece, pieces};
use base64::Engine;
use serde_json::Value;

impl Resolver<'_, '_> {
    pub(super) fn call(&mut self, call: Function<'_>, node: &Node) -> Result<Outcome, TemplateError> {
        match call {
            Function::Ref(name) => self.named(name, node),
            Function::GetAtt { resource, attribute } => self.get_att(resource, attribute, node),
            Function::Sub { text, variables } => self.substitution(text, variables, node),
            Function::Join { delimiter, list } => self.join(delimiter, list, node),
            Function::Split { delimiter, text } => self.split(delimiter, text, node),
            Function::Select { index, list } => self.select(index, list, node),
            Function::If { condition, then, otherwise } => match self.scope.condition(condition) {
                Some(true) => self.node(then),
                Some(false) => self.node(otherwise),
                None => Err(Fault::UnresolvedIf(condition.to_owned()).at(node.place)),
            },
            Function::FindInMap { map, top, second } => self.find_in_map([map, top, second], node),
            Function::ImportValue(name) => self.import(name, node),
            Function::Base64(text) => {
                let Some(text) = self.argument(text, &Fault::NotString("Fn::Base64"))? else {
                    return Ok(Outcome::Unknown);
                };
                self.text(base64::engine::general_purpose::STANDARD.encode(text), node)
            }
            Function::GetAzs(region) => self.zones(region),
            Function::Cidr { block, count, bits } => self.cidr(block, count, bits, node),
            Function::Transform(name) => Err(Fault::TransformUnsupported(name.to_owned()).at(node.place)),
        }
    }

    fn get_att(
        &mut self,
        resource: &str,
        attribute: Attribute<'_>,
        node: &Node,
    ) -> Result<Outcome, TemplateError> {
        match attribute {
            Attribute::Named(name) => self.attribute(resource, name, "Fn::GetAtt", node),
            Attribute::Computed(computed) => match self.argument(computed, &Fault::GetAttShape)? {
                Some(name) => self.attribute(resource, &name, "Fn::GetAtt", node),
                None => Ok(Outcome::Unknown),
            },
        }
    }

    fn attribute(
        &mut self,
        resource: &str,
        name: &str,
        by: &str,
        node: &Node,
    ) -> Result<Outcome, TemplateError> {
        let Some(declared) = self.scope.active_resource(resource) else {
            return Err(self.unresolved(resource).at(node.place));
        };
        match self.facts.attribute(resource, name) {
            Ok(Some(value)) => self.known(value, node),
            Ok(None) => self.not_known(resource, node),
            Err(NoSuchAttribute) => {
                let path = self.root.path_to(node).unwrap_or_default();
                Err(Fault::NoSuchAttribute {
                    path: format!("{}{path}/{by}", self.base),
                    resource_type: declared.resource_type.clone(),
                    attribute: name.to_owned(),
                }
                .at(node.place))
            }
        }
    }

    fn substitution(
        &mut self,
        text: &str,
        variables: Option<&Members>,
        node: &Node,
    ) -> Result<Outcome, TemplateError> {
        let mut result = String::new();
        let mut unknown = false;
        for piece in pieces(text) {
            let outcome = match piece.map_err(|fault| fault.at(node.place))? {
                Piece::Literal(literal) => Outcome::text(literal),
                Piece::Escaped(name) => Outcome::text(format!("${{{name}}}")),
                Piece::Name(name) => match variables.and_then(|variables| variables.get(name)) {
                    Some(variable) => self.node(variable)?,
                    None => self.named(name, node)?,
                },
                Piece::Attribute { resource, attribute } => {
                    self.attribute(resource, attribute, "Fn::Sub", node)?
                }
            };
            match outcome {
                Outcome::Unknown => unknown = true,
                Outcome::Nothing => {}
                Outcome::Value(value) => {
                    let text = value_text(&value).ok_or_else(|| Fault::SubValue.at(node.place))?;
                    self.spend(text.len(), node)?;
                    result.push_str(&text);
                }
            }
        }
        if unknown { Ok(Outcome::Unknown) } else { self.text(result, node) }
    }

    /// A list that a function asks for; none while a part of it is unknown.
    fn list(&mut self, node: &Node, fault: &Fault) -> Result<Option<Vec<Value>>, TemplateError> {
        match self.node(node)? {
            Outcome::Unknown => Ok(None),
            Outcome::Value(Value::Array(items)) => Ok(Some(items)),
            Outcome::Value(_) | Outcome::Nothing => Err(fault.clone().at(node.place)),
        }
    }

    fn join(&mut self, delimiter: &Node, list: &Node, node: &Node) -> Result<Outcome, TemplateError> {
        let delimiter = self.argument(delimiter, &Fault::JoinShape)?;
        let items = self.list(list, &Fault::JoinShape)?;
        let (Some(delimiter), Some(items)) = (delimiter, items) else { return Ok(Outcome::Unknown) };
        if items.iter().any(|item| self.is_unknown(item)) {
            return Ok(Outcome::Unknown);
        }
        let texts: Option<Vec<String>> = items.iter().map(value_text).collect();
        let texts = texts.ok_or_else(|| Fault::JoinShape.at(node.place))?;
        self.spend(texts.len().saturating_mul(delimiter.len()), node)?;
        self.text(texts.join(&delimiter), node)
    }

    fn split(&mut self, delimiter: &Node, text: &Node, node: &Node) -> Result<Outcome, TemplateError> {
        let delimiter = self.argument(delimiter, &Fault::SplitShape)?;
        let text = self.argument(text, &Fault::SplitShape)?;
        let (Some(delimiter), Some(text)) = (delimiter, text) else { return Ok(Outcome::Unknown) };
        if delimiter.is_empty() {
            return Err(Fault::SplitShape.at(node.place));
        }
        let parts: Vec<Value> = text.split(&delimiter).map(Value::from).collect();
        self.known(Value::Array(parts), node)
    }

    fn select(&mut self, index: &Node, list: &Node, node: &Node) -> Result<Outcome, TemplateError> {
        let index = self.argument(index, &Fault::SelectIndex)?;
        let items = self.list(list, &Fault::SelectShape)?;
        let (Some(index), Some(mut items)) = (index, items) else { return Ok(Outcome::Unknown) };
        let position: i64 = index.trim().parse().map_err(|_| Fault::SelectIndex.at(node.place))?;
        let position = usize::try_from(position).ok().filter(|position| *position < items.len());
        match position.map(|position| items.swap_remove(position)) {
            Some(value) if self.is_unknown(&value) => Ok(Outcome::Unknown),
            Some(value) => Ok(Outcome::Value(value)),
            None => Err(Fault::SelectNothing(index).at(node.place)),
        }
    }

    fn find_in_map(&mut self, path: [&Node; 3], node: &Node) -> Result<Outcome, TemplateError> {
        let mut names = Vec::with_capacity(path.len());
        for step in path {
            let Some(name) = self.argument(step, &Fault::FindInMapShape)? else {
                return Ok(Outcome::Unknown);
            };
            names.push(name);
        }
        let [map, top, second] =
            <[String; 3]>::try_from(names).map_err(|_| Fault::FindInMapShape.at(node.place))?;
        let Some(mapping) = self.scope.template.mappings.get(&map) else {
            return Err(Fault::NoMapping(map).at(node.place));
        };
        match mapping.get(&top).and_then(|attributes| attributes.get(&second)) {
            Some(value) => self.node(value),
            None => Err(Fault::NoMappingValue { map, top, second }.at(node.place)),
        }
    }

    fn import(&mut self, name: &Node, node: &Node) -> Result<Outcome, TemplateError> {
        let Some(name) = self.argument(name, &Fault::NotString("Fn::ImportValue"))? else {
            return Ok(Outcome::Unknown);
        };
        match self.facts.import(&name) {
            Some(value) => self.known(Value::String(value), node),
            None => Err(Fault::NoExport(name).at(node.place)),
        }
    }

    /// Every region has the zones a, b and c.
    fn zones(&mut self, region: &Node) -> Result<Outcome, TemplateError> {
        let Some(region) = self.argument(region, &Fault::NotString("Fn::GetAZs"))? else {
            return Ok(Outcome::Unknown);
        };
        let region = if region.is_empty() { &self.scope.pseudo.region } else { &region };
        Ok(Outcome::Value(["a", "b", "c"].iter().map(|zone| format!("{region}{zone}")).collect()))
    }

    fn cidr(
        &mut self,
        block: &Node,
        count: &Node,
        bits: Option<&Node>,
        node: &Node,
    ) -> Result<Outcome, TemplateError> {
        let block = self.argument(block, &Fault::CidrShape)?;
        let count = self.argument(count, &Fault::CidrShape)?;
        let bits = bits.map(|bits| self.argument(bits, &Fault::CidrShape)).transpose()?;
        let (Some(block), Some(count)) = (block, count) else { return Ok(Outcome::Unknown) };
        let bits = match bits {
            Some(None) => return Ok(Outcome::Unknown),
            Some(bits) => bits,
            None => None,
        };
        match cidr::blocks(&block, &count, bits.as_deref()) {
            Some(blocks) => self.known(Value::from(blocks), node),
            None => Err(Fault::CidrShape.at(node.place)),
        }
    }
}
