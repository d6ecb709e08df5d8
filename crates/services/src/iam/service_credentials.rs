//! Names and passwords of users for services that don't sign requests:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html> and its siblings.
//!
//! No such service is here to sign in to, so the password is told and not kept.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::model::{ServiceCredential, User};
use crate::iam::shapes::timestamp;
use crate::iam::{errors, names};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::Pattern;
use stepwell_wire::{ApiError, Timestamp};

const SERVICES: [&str; 2] = ["cassandra.amazonaws.com", "codecommit.amazonaws.com"];
/// Credentials of one user for one service at most.
const MOST: usize = 2;

static ID: Pattern = Pattern::new(r"[\w]+");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateServiceSpecificCredential {
    pub user_name: String,
    pub service_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListServiceSpecificCredentials {
    pub user_name: String,
    pub service_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateServiceSpecificCredential {
    pub user_name: String,
    pub service_specific_credential_id: String,
    pub status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResetServiceSpecificCredential {
    pub user_name: String,
    pub service_specific_credential_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteServiceSpecificCredential {
    pub user_name: String,
    pub service_specific_credential_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceSpecificCredentialOutput {
    pub service_specific_credential: ServiceCredentialShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListServiceSpecificCredentialsOutput {
    pub service_specific_credentials: Vec<ServiceCredentialShape>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceCredentialShape {
    pub create_date: Timestamp,
    pub service_name: String,
    pub service_user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_password: Option<String>,
    pub service_specific_credential_id: String,
    pub user_name: String,
    pub status: &'static str,
}

impl ServiceCredentialShape {
    fn of(user: &User, credential: &ServiceCredential) -> Self {
        Self {
            create_date: timestamp(credential.created_ms),
            service_name: credential.service.clone(),
            service_user_name: credential.user_name.clone(),
            service_password: None,
            service_specific_credential_id: credential.id.clone(),
            user_name: user.name.clone(),
            status: if credential.is_active { "Active" } else { "Inactive" },
        }
    }

    fn with_password(self, context: &mut Context) -> Self {
        Self { service_password: Some(STANDARD.encode(context.entropy.block())), ..self }
    }
}

impl Command for CreateServiceSpecificCredential {
    const NAME: &'static str = "CreateServiceSpecificCredential";
    type Output = ServiceSpecificCredentialOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ServiceSpecificCredentialOutput, Failure> {
        let mut user = User::by_name(context.account(), &self.user_name, tx)?;
        check_service(&self.service_name)?;
        let same =
            user.service_credentials.iter().filter(|credential| credential.service == self.service_name);
        let number = same.count();
        if number >= MOST {
            let text = format!("Cannot exceed quota for ServiceSpecificCredentialsPerUser: {MOST}");
            return Err(errors::limit_exceeded(text).into());
        }
        let plus = if number == 0 { String::new() } else { format!("+{number}") };
        let credential = ServiceCredential {
            id: unique_id(Prefix::ServiceCredential, &mut context.entropy),
            service: self.service_name.clone(),
            user_name: format!("{}{plus}-at-{}", user.name, user.account),
            created_ms: context.now_ms,
            is_active: true,
        };
        let shape = ServiceCredentialShape::of(&user, &credential).with_password(context);
        user.service_credentials.push(credential);
        tx.put(&user.key(), &user);
        Ok(ServiceSpecificCredentialOutput { service_specific_credential: shape })
    }
}

impl Read for ListServiceSpecificCredentials {
    const NAME: &'static str = "ListServiceSpecificCredentials";
    type Output = ListServiceSpecificCredentialsOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<ListServiceSpecificCredentialsOutput, Failure> {
        let user = User::by_name(context.account(), &self.user_name, rows)?;
        if let Some(service) = &self.service_name {
            check_service(service)?;
        }
        let is_asked_for = |credential: &&ServiceCredential| {
            self.service_name.as_ref().is_none_or(|service| *service == credential.service)
        };
        let credentials = user.service_credentials.iter().filter(is_asked_for);
        let shapes = credentials.map(|credential| ServiceCredentialShape::of(&user, credential));
        Ok(ListServiceSpecificCredentialsOutput { service_specific_credentials: shapes.collect() })
    }
}

impl Command for UpdateServiceSpecificCredential {
    const NAME: &'static str = "UpdateServiceSpecificCredential";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::constraints().one_of("status", &self.status, &["Active", "Inactive"]).finish()?;
        let (mut user, index) = find(&self.user_name, &self.service_specific_credential_id, tx, context)?;
        if let Some(credential) = user.service_credentials.get_mut(index) {
            credential.is_active = self.status == "Active";
        }
        tx.put(&user.key(), &user);
        Ok(())
    }
}

impl Command for ResetServiceSpecificCredential {
    const NAME: &'static str = "ResetServiceSpecificCredential";
    type Output = ServiceSpecificCredentialOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ServiceSpecificCredentialOutput, Failure> {
        let (user, index) = find(&self.user_name, &self.service_specific_credential_id, tx, context)?;
        let credential = user.service_credentials.get(index);
        let credential =
            credential.ok_or_else(|| no_such_credential(&self.service_specific_credential_id))?;
        let shape = ServiceCredentialShape::of(&user, credential).with_password(context);
        Ok(ServiceSpecificCredentialOutput { service_specific_credential: shape })
    }
}

impl Command for DeleteServiceSpecificCredential {
    const NAME: &'static str = "DeleteServiceSpecificCredential";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let (mut user, index) = find(&self.user_name, &self.service_specific_credential_id, tx, context)?;
        user.service_credentials.remove(index);
        tx.put(&user.key(), &user);
        Ok(())
    }
}

/// The user, and where the credential of this id stands among its own.
fn find(user: &str, id: &str, tx: &Tx, context: &Context) -> Result<(User, usize), Failure> {
    if !ID.matches(id) {
        names::constraints().violated_unshown("serviceSpecificCredentialId", &ID.rule()).finish()?;
    }
    let user = User::by_name(context.account(), user, tx)?;
    let index = user.service_credentials.iter().position(|credential| credential.id == id);
    let index = index.ok_or_else(|| no_such_credential(id))?;
    Ok((user, index))
}

fn no_such_credential(id: &str) -> ApiError {
    errors::no_such_entity(format!("No such credential {id} exists"))
}

fn check_service(service: &str) -> Result<(), ApiError> {
    if SERVICES.contains(&service) {
        return Ok(());
    }
    Err(errors::no_such_entity(format!(
        "No such service {service} is supported for Service Specific Credentials"
    )))
}
