//! Pages of IAM's lists: `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::names;
use crate::keys::Key;
use crate::page;
use crate::row;
use crate::rows::Rows;
use minicbor::Decode;
use stepwell_store::Direction;
use stepwell_wire::ApiError;

/// Rows that one call looks at.
const LOOKED_AT: usize = 2000;

/// What a request says of the page it wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    marker: Option<&'a str>,
    max_items: Option<i64>,
}

/// A page.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The next page's, if there is one.
    pub marker: Option<String>,
}

impl<T> Page<T> {
    pub fn is_truncated(&self) -> bool {
        self.marker.is_some()
    }
}

impl<'a> Wanted<'a> {
    #[must_use]
    pub fn new(marker: &'a Option<String>, max_items: Option<i64>) -> Self {
        Self { marker: marker.as_deref(), max_items }
    }

    fn most(&self) -> Result<usize, ApiError> {
        let most = self.max_items.unwrap_or(100);
        names::constraints().range("maxItems", most, 1..=1000).finish()?;
        Ok(usize::try_from(most).unwrap_or(1))
    }

    /// Where the page before ended.
    fn last(&self, list: &str, context: &Context) -> Result<Option<String>, ApiError> {
        let Some(marker) = self.marker else { return Ok(None) };
        let last = page::last(context.secrets, list, marker);
        last.map(Some).ok_or_else(|| ApiError::validation("Invalid Marker."))
    }

    /// A page of what is in memory already.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn of<T>(&self, list: &str, items: Vec<T>, context: &Context) -> Result<Page<T>, ApiError> {
        let most = self.most()?;
        let first = match self.last(list, context)? {
            None => 0,
            Some(last) => last.parse().map_err(|_| ApiError::validation("Invalid Marker."))?,
        };
        let next = first + most;
        let more = items.len() > next;
        let items = items.into_iter().skip(first).take(most).collect();
        let marker = more.then(|| page::token(context.secrets, list, &next.to_string()));
        Ok(Page { items, marker })
    }

    /// A page of rows, of which `choose` shows some.
    ///
    /// # Errors
    /// `ValidationError`, or what reading fails with.
    pub fn of_rows<R: for<'b> Decode<'b, ()>, T>(
        &self,
        list: &str,
        all: &Key,
        rows: &dyn Rows,
        context: &Context,
        mut choose: impl FnMut(R) -> Option<T>,
    ) -> Result<Page<T>, Failure> {
        let most = self.most()?;
        let mut start = all.as_bytes().to_vec();
        if let Some(last) = self.last(list, context)? {
            start = [all.as_bytes(), &unhex(&last)?].concat();
        }
        let mut page = Page { items: Vec::new(), marker: None };
        let pairs = rows.scan(&start, &all.end(), Direction::Forward, LOOKED_AT)?;
        let is_all = pairs.len() < LOOKED_AT;
        let mut next = None;
        for (key, value) in &pairs {
            if page.items.len() == most {
                next = Some(key.to_vec());
                break;
            }
            page.items.extend(choose(row::decode(value)?));
        }
        if next.is_none() && !is_all {
            next = pairs.last().map(|(last, _)| Key::after(last));
        }
        page.marker = next.and_then(|next| {
            let rest = next.strip_prefix(all.as_bytes())?;
            Some(page::token(context.secrets, list, &stepwell_wire::ids::hex(rest)))
        });
        Ok(page)
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, ApiError> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes.ok_or_else(|| ApiError::validation("Invalid Marker."))
}
