use mongodb::options::{ClientOptions, ConnectionString, HostInfo};
use std::fmt;
use std::time::Duration;
use thiserror::Error;

/// The database where neither variable nor connection string names one.
const DATABASE: &str = "goose";

/// How long a server is looked for, and how long a connection may take to be made.
const SELECTION: Duration = Duration::from_secs(3);

/// Connections at once, where the connection string does not say. Writes wait for the disk of a majority, so many
/// of them go on side by side.
const CONNECTIONS: u32 = 64;

/// A connection string that cannot be used. It does not repeat the string, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not what the driver takes.
    #[error("must be mongodb://HOST[:PORT]/… or mongodb+srv://HOST/…: {0}")]
    Malformed(String),
    /// MongoDB refuses such names.
    #[error("a database's name has 1 to 63 characters and none of / \\ . \" $ * < > : | ? or a space")]
    Database,
}

/// Where a MongoDB is, and which database.
#[derive(Clone)]
pub struct MongoAddress {
    uri: String,
    hosts: String,
    database: String,
}

impl MongoAddress {
    /// Reads a connection string; `database` beats the one it names. Asks nobody: an address of DNS is looked up
    /// when the store is opened.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(uri: &str, database: Option<&str>) -> Result<Self, AddressError> {
        let read = ConnectionString::parse(uri)
            .map_err(|error| AddressError::Malformed(without_secrets(&error.kind.to_string(), uri)))?;
        let hosts = match &read.host_info {
            HostInfo::HostIdentifiers(hosts) => {
                hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
            }
            HostInfo::DnsRecord(name) => name.clone(),
            other => format!("{other:?}"),
        };
        let database = database.or(read.default_database.as_deref()).unwrap_or(DATABASE).to_owned();
        let odd = |c: char| "/\\. \"$*<>:|?\0".contains(c);
        if database.is_empty() || database.len() > 63 || database.contains(odd) {
            return Err(AddressError::Database);
        }
        Ok(Self { uri: uri.to_owned(), hosts, database })
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// What the driver is told. Looks an address of DNS up.
    pub(crate) async fn options(&self) -> Result<ClientOptions, mongodb::error::Error> {
        let mut options = ClientOptions::parse(&self.uri).await?;
        let at_most = |told: Option<Duration>| Some(told.map_or(SELECTION, |told| told.min(SELECTION)));
        options.server_selection_timeout = at_most(options.server_selection_timeout);
        options.connect_timeout = at_most(options.connect_timeout);
        options.max_pool_size = options.max_pool_size.or(Some(CONNECTIONS));
        options.app_name = options.app_name.or_else(|| Some("gaggle".to_owned()));
        Ok(options)
    }

    /// A text of somebody else, without the secrets of the connection string.
    pub(crate) fn mask(&self, text: &str) -> String {
        without_secrets(text, &self.uri)
    }
}

impl fmt::Display for MongoAddress {
    /// Hosts and database, nothing secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (database {})", self.hosts, self.database)
    }
}

impl fmt::Debug for MongoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MongoAddress({self})")
    }
}

/// `text` with user, password and options of `uri` struck out, should it repeat them.
fn without_secrets(text: &str, uri: &str) -> String {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let user = rest.rsplit_once('@').map(|(user, _)| user).unwrap_or_default();
    let options = rest.split_once('?').map(|(_, options)| options).unwrap_or_default();
    let password = user.split_once(':').map(|(_, password)| password).unwrap_or_default();
    let values = options.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    let mut shown = text.replace(uri, "****");
    for secret in [user, password].into_iter().chain(values.filter(|value| value.len() > 5)) {
        if !secret.is_empty() {
            shown = shown.replace(secret, "****");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_beats_the_strings_database_and_goose_is_the_default() {
        let named = |uri, database| MongoAddress::parse(uri, database).unwrap().database().to_owned();
        assert_eq!(named("mongodb://db", None), "goose");
        assert_eq!(named("mongodb://db/", None), "goose");
        assert_eq!(named("mongodb://db:27018/flock?retryWrites=true", None), "flock");
        assert_eq!(named("mongodb://db/flock", Some("other")), "other");
        for bad in ["", "a.b", "a b", "$x", &"x".repeat(64)] {
            assert_eq!(MongoAddress::parse("mongodb://db", Some(bad)).unwrap_err(), AddressError::Database);
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let uri = "mongodb://root:hunter2@a:1,b:2/flock?replicaSet=rs0";
        let address = MongoAddress::parse(uri, None).unwrap();
        assert_eq!(address.to_string(), "a:1,b:2 (database flock)");
        assert!(!format!("{address:?}").contains("hunter2"));
        assert_eq!(address.mask("root:hunter2 and hunter2"), "**** and ****");
        for bad in ["hunter2", "mongodb://root:hunter2@", "mongodb://root:hunt%zer2@db", "http://hunter2/"] {
            let error = MongoAddress::parse(bad, None).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_three_seconds_for_a_server() {
        let told = |uri: &str| {
            let address = MongoAddress::parse(uri, None).unwrap();
            async move { address.options().await.unwrap().server_selection_timeout }
        };
        assert_eq!(told("mongodb://db").await, Some(SELECTION));
        assert_eq!(told("mongodb://db/?serverSelectionTimeoutMS=30000").await, Some(SELECTION));
        assert_eq!(told("mongodb://db/?serverSelectionTimeoutMS=1000").await, Some(Duration::from_secs(1)));
    }
}
