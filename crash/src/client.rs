//! A client of the server that outlives it: it knows that a call which was cut off may have happened or not.

use crate::world::World;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use stepwell_bench::http::{Connection, Prepared};
use stepwell_bench::trouble::Trouble;

/// No call takes so long, long polls of a minute included: a server that leaves its callers hanging is wrong.
const PATIENCE: Duration = Duration::from_secs(70);
/// Between an error of the server's and the next try.
const BACK_OFF: Duration = Duration::from_millis(50);

/// What came of a call.
#[derive(Debug)]
pub enum Answer<T> {
    Done(T),
    /// The server's word that it did not happen.
    Refused {
        code: String,
        message: String,
    },
    /// The connection ended, or the server can't say: it happened or it didn't.
    Unknown,
}

pub struct Client {
    world: Rc<World>,
    connection: Option<Connection>,
}

impl Client {
    pub fn new(world: &Rc<World>) -> Self {
        Self { world: world.clone(), connection: None }
    }

    pub async fn states(&mut self, operation: &str, input: &Value) -> Answer<Value> {
        self.json("states", "AWSStepFunctions", operation, input).await
    }

    pub async fn sqs(&mut self, operation: &str, input: &Value) -> Answer<Value> {
        self.json("sqs", "AmazonSQS", operation, input).await
    }

    async fn json(&mut self, service: &str, prefix: &str, operation: &str, input: &Value) -> Answer<Value> {
        let request = Prepared::json(self.world.address, service, prefix, operation);
        match self.call(&request, input.to_string().as_bytes()).await {
            Answer::Done(body) => match serde_json::from_slice(if body.is_empty() { b"{}" } else { &body }) {
                Ok(value) => Answer::Done(value),
                Err(error) => {
                    self.world.violation(format!("{operation}: an answer that is no JSON: {error}"));
                    Answer::Unknown
                }
            },
            Answer::Refused { code, message } => Answer::Refused { code, message },
            Answer::Unknown => Answer::Unknown,
        }
    }

    /// An operation of CloudFormation; its answer as XML.
    pub async fn cloudformation(&mut self, operation: &str, fields: &[(&str, &str)]) -> Answer<String> {
        let mut body = format!("Action={operation}&Version=2010-05-15");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        let request = Prepared::form(self.world.address, "cloudformation", operation);
        match self.call(&request, body.as_bytes()).await {
            Answer::Done(body) => Answer::Done(String::from_utf8_lossy(&body).into_owned()),
            Answer::Refused { code, message } => Answer::Refused { code, message },
            Answer::Unknown => Answer::Unknown,
        }
    }

    /// An asynchronous invocation.
    pub async fn invoke_later(&mut self, function: &str, payload: &Value) -> Answer<()> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let headers = "X-Amz-Invocation-Type: Event\r\n";
        let request = Prepared::rest(self.world.address, "lambda", "Invoke", &path, headers);
        match self.call(&request, payload.to_string().as_bytes()).await {
            Answer::Done(_) => Answer::Done(()),
            Answer::Refused { code, message } => Answer::Refused { code, message },
            Answer::Unknown => Answer::Unknown,
        }
    }

    /// A request of S3.
    pub async fn s3(&mut self, method: &str, path: &str, body: &[u8]) -> Answer<Vec<u8>> {
        let request = Prepared::s3(self.world.address, method, path);
        self.call(&request, body).await
    }

    async fn call(&mut self, request: &Prepared, body: &[u8]) -> Answer<Vec<u8>> {
        let Some(connection) = self.connect().await else { return Answer::Unknown };
        let called = tokio::time::timeout(PATIENCE, connection.call(request, body)).await;
        match called {
            Ok(Ok(body)) => Answer::Done(body.to_vec()),
            Ok(Err(Trouble::Refused { status, body, .. })) if status < 500 => {
                let (code, message) = read_error(&body);
                Answer::Refused { code, message }
            }
            Ok(Err(Trouble::Refused { operation, status, body })) => {
                self.world.server_error(format!("{operation}: {status} {body}"));
                // As AWS's own clients do, it comes again a little later.
                tokio::time::sleep(BACK_OFF).await;
                Answer::Unknown
            }
            Ok(Err(_)) => {
                self.connection = None;
                Answer::Unknown
            }
            Err(_) => {
                self.connection = None;
                self.world.violation("a call was left without an answer for more than a minute".to_owned());
                Answer::Unknown
            }
        }
    }

    /// The connection, made anew as soon as the server is there again.
    async fn connect(&mut self) -> Option<&mut Connection> {
        if self.connection.is_none() {
            self.world.server_is_up().await;
            self.connection = Connection::open(self.world.address).await.ok();
        }
        if self.connection.is_none() {
            // Killed between the two: let whoever starts it again have the thread.
            tokio::task::yield_now().await;
        }
        self.connection.as_mut()
    }
}

/// Code and message of an error, of either protocol.
fn read_error(body: &str) -> (String, String) {
    let json: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let member = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = member("__type").map(|code| code.rsplit('#').next().unwrap_or_default().to_owned());
    let code = code.or_else(|| element(body, "Code")).unwrap_or_else(|| "?".to_owned());
    let message = member("message").or_else(|| member("Message")).or_else(|| element(body, "Message"));
    (code, message.unwrap_or_else(|| body.to_owned()))
}

/// The text of the first element of that name.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once('<')?.0.to_owned())
}

/// The texts of all elements of that name, in order.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, mut rest, mut found) = (format!("<{name}>"), xml, Vec::new());
    while let Some((_, tail)) = rest.split_once(&open) {
        let (text, tail) = tail.split_once('<').unwrap_or((tail, ""));
        found.push(text.to_owned());
        rest = tail;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_both_protocols_are_read() {
        let json = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#;
        assert_eq!(read_error(json), ("QueueDoesNotExist".to_owned(), "gone".to_owned()));
        let xml =
            "<Error><Type>Sender</Type><Code>AlreadyExistsException</Code><Message>it is</Message></Error>";
        assert_eq!(read_error(xml), ("AlreadyExistsException".to_owned(), "it is".to_owned()));
        assert_eq!(read_error("<html>"), ("?".to_owned(), "<html>".to_owned()));
    }

    #[test]
    fn elements_are_found_in_order() {
        let found = elements("<a><S>x</S><S></S><T>z</T><S>y</S></a>", "S");
        assert_eq!(found, ["x", "", "y"]);
    }
}
