//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::create_function::{check_architectures, first};
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::package::Package;
use crate::lambda::publish_version::{check_revision, check_settled};
use crate::lambda::settings::constraints;
use crate::lambda::upload::Source;
use crate::lambda::{code, errors, find, update};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionCode {
    pub function_name: String,
    pub zip_file: Option<Package>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub image_uri: Option<String>,
    #[serde(default)]
    pub publish: bool,
    #[serde(default)]
    pub dry_run: bool,
    pub revision_id: Option<String>,
    pub architectures: Option<Vec<String>>,
}

impl Command for UpdateFunctionCode {
    const NAME: &'static str = "UpdateFunctionCode";
    type Output = FunctionConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionConfiguration, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        check_architectures(&mut constraints, self.architectures.as_deref());
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, tx)?;
        let latest = function.latest(tx)?;
        check_revision(self.revision_id.as_deref(), &latest)?;
        check_settled(&function, &latest)?;
        if self.image_uri.is_some() {
            let text = "Please don't provide ImageUri when updating a function with packageType Zip.";
            return Err(errors::invalid_parameter(text).into());
        }
        let (bucket, key) = (self.s3_bucket.as_deref(), self.s3_key.as_deref());
        let source = Source::of(self.zip_file.as_ref(), bucket, key, tx, context)?;
        if self.dry_run {
            return Ok(FunctionConfiguration::new(&function, &latest, None));
        }
        let mut configuration = latest.configuration.clone();
        configuration.code = source.store(tx)?;
        configuration.layers.iter().try_for_each(|layer| code::retain(&layer.code, tx))?;
        if let Some(architecture) = first(self.architectures.as_deref()) {
            architecture.clone_into(&mut configuration.architecture);
        }
        update::begin(function, latest, configuration, self.publish, tx, context)
    }
}
