//! Small things that several variables hold.

use super::{ConfigError, Vars};
use std::{collections::BTreeMap, net::IpAddr};

/// `NAME=VALUE` pairs, with commas between.
pub(super) fn pairs(vars: &Vars, name: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let read = |text: &str| text.split(',').map(pair).collect();
    Ok(vars.read(name, "NAME=VALUE pairs with commas between", read)?.unwrap_or_default())
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), value.to_owned()))
}

/// Ranges of addresses, with commas between.
pub(super) fn cidrs(vars: &Vars, name: &str) -> Result<Vec<String>, ConfigError> {
    let read = |text: &str| text.split(',').map(|one| cidr(one.trim())).collect();
    Ok(vars
        .read(name, "ADDRESS/BITS ranges with commas between, such as 10.0.0.0/8", read)?
        .unwrap_or_default())
}

fn cidr(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let most = if address.parse::<IpAddr>().ok()?.is_ipv4() { 32 } else { 128 };
    (bits.parse::<u8>().ok()? <= most).then(|| text.to_owned())
}

/// A name of an object of the cluster.
pub(super) fn name(vars: &Vars, variable: &str) -> Result<Option<String>, ConfigError> {
    vars.read(variable, "a name: at most 253 characters a-z, 0-9, - and .", |text| {
        is_name(text).then(|| text.to_owned())
    })
}

/// Names, with commas between.
pub(super) fn names(vars: &Vars, variable: &str) -> Result<Vec<String>, ConfigError> {
    let one = |text: &str| is_name(text).then(|| text.to_owned());
    let read = |text: &str| text.split(',').map(|name| one(name.trim())).collect();
    Ok(vars.read(variable, "names with commas between", read)?.unwrap_or_default())
}

/// A DNS name (RFC 1123).
pub(super) fn is_name(text: &str) -> bool {
    let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes.iter().all(|c| edge(*c) || *c == b'-')
            && edge(bytes[0])
            && edge(bytes[bytes.len() - 1])
    };
    text.len() <= 253 && text.split('.').all(label)
}
