//! A template made definite for one stack: its text, parsed and checked, and the values of its parameters.

use super::keys;
use super::model::{Configuration, Stack};
use super::resources;
use super::template::{
    Facts, Given, Graph, NoSuchAttribute, Parameters, PseudoParameters, Scope, Template, TemplateError, bind,
};
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use serde_json::Value;

pub struct Deployment {
    pub template: Template,
    pub parameters: Parameters,
    pub pseudo: PseudoParameters,
}

impl Deployment {
    /// Reads a template and finds the values of its parameters.
    ///
    /// # Errors
    /// AWS's, for a template or parameters that are wrong.
    pub fn new(
        text: &str,
        given: &[Given],
        previous: &Configuration,
        pseudo: PseudoParameters,
    ) -> Result<Self, TemplateError> {
        let template = Template::parse(text)?;
        let parameters = bind(&template.parameters, given, &|key| previous.previous_value(key))?;
        template.deployable(&resources::is_known)?;
        Ok(Self { template, parameters, pseudo })
    }

    /// What a configuration of a stack stands for; none if it has no template.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read any more.
    pub fn load(
        stack: &Stack,
        configuration: &Configuration,
        rows: &(impl Rows + ?Sized),
    ) -> Result<Option<Self>, Failure> {
        let Some(number) = configuration.template else { return Ok(None) };
        let text = template_text(stack.id, number, rows)?;
        let given = |parameter: &super::model::StackParameter| Given {
            key: parameter.key.clone(),
            value: Some(parameter.value.clone()),
            use_previous_value: false,
        };
        let given: Vec<_> = configuration.parameters.iter().map(given).collect();
        let pseudo = stack.pseudo_parameters(&configuration.notification_arns);
        let deployment = Self::new(&text, &given, &Configuration::default(), pseudo);
        deployment.map(Some).map_err(|error| Failure::broken(format!("stack {}: {error}", stack.id)))
    }

    /// With its conditions decided.
    ///
    /// # Errors
    /// A comparison of what is no text, or a mapping without that key.
    pub fn scope(&self) -> Result<Scope<'_>, TemplateError> {
        Scope::new(&self.template, &self.parameters, &self.pseudo)
    }

    /// Finds what is wrong with the template's values, whatever its resources will be.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), TemplateError> {
        let scope = self.scope()?;
        let graph = Graph::new(&scope)?;
        for logical_id in graph.creation_order() {
            scope.preview(logical_id, &Whatever)?;
        }
        Ok(())
    }
}

/// The text of a template of a stack.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there.
pub fn template_text(stack: u64, template: u64, rows: &(impl Rows + ?Sized)) -> Result<String, Failure> {
    let text = rows.row(&keys::template(stack, template))?;
    text.ok_or_else(|| Failure::broken(format!("template {template} of stack {stack} isn't there")))
}

/// Nothing is known yet, and nothing is missing.
struct Whatever;

impl Facts for Whatever {
    fn reference(&self, _: &str) -> Option<Value> {
        None
    }

    fn attribute(&self, _: &str, _: &str) -> Result<Option<Value>, NoSuchAttribute> {
        Ok(None)
    }

    fn import(&self, _: &str) -> Option<String> {
        Some(String::new())
    }
}
