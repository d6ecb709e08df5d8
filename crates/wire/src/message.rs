//! A request as it was read and a response as it will be written: plain data, so that the listener is the
//! only one who knows a socket.

use std::borrow::Cow;

use bytes::Bytes;

/// One HTTP request, borrowed from whoever read it. The path and the query are as received, still
/// percent-encoded, because signatures cover those bytes.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Without the question mark; empty where there is none.
    pub query: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first header of that name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub body: Bytes,
}

impl Response {
    pub fn new(status: u16, body: impl Into<Bytes>) -> Response {
        Response { status, headers: Vec::new(), body: body.into() }
    }

    pub fn with_header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
