use super::{ConfigError, Vars};
use gaggle_shared::StoreKind;
use gaggle_store_mongodb::{AddressError, MongoAddress};

/// Where records live.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// A file in the data directory.
    Embedded,
    /// `MONGODB_URI` and `MONGODB_DB`.
    Mongodb(MongoAddress),
}

impl StoreConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let database = vars.get("MONGODB_DB").map(str::trim);
        let Some(uri) = vars.get("MONGODB_URI") else {
            return match database {
                None => Ok(Self::Embedded),
                // A forgotten address would put everything into a file, silently.
                Some(_) => Err(vars.error("MONGODB_DB", "names a database of MONGODB_URI, which is not set")),
            };
        };
        MongoAddress::parse(uri.trim(), database).map(Self::Mongodb).map_err(|error| match &error {
            AddressError::Database if database.is_some() => vars.error("MONGODB_DB", error.to_string()),
            _ => vars.error("MONGODB_URI", error.to_string()),
        })
    }

    /// Which kind it is.
    pub fn kind(&self) -> StoreKind {
        match self {
            Self::Embedded => StoreKind::Embedded,
            Self::Mongodb(_) => StoreKind::Mongodb,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_is_embedded_and_the_variable_beats_the_uris_database() {
        let shown = |vars: Vars| match StoreConfig::read(&vars).unwrap() {
            StoreConfig::Embedded => "embedded".to_owned(),
            StoreConfig::Mongodb(address) => address.to_string(),
        };
        assert_eq!(shown(Vars::default()), "embedded");
        assert_eq!(shown(Vars::from([("MONGODB_URI", "mongodb://u:p@db")])), "db:27017 (database goose)");
        let both = Vars::from([("MONGODB_URI", "mongodb://db/a"), ("MONGODB_DB", "b")]);
        assert_eq!(shown(both), "db:27017 (database b)");
    }

    #[test]
    fn a_bad_value_is_named_in_one_line_without_a_secret() {
        for (vars, name) in [
            (Vars::from([("MONGODB_URI", "postgres://root:hunter2@db")]), "MONGODB_URI"),
            (Vars::from([("MONGODB_URI", "mongodb://root:hunter2@")]), "MONGODB_URI"),
            (Vars::from([("MONGODB_URI", "mongodb://root:hunter2@db"), ("MONGODB_DB", "a.b")]), "MONGODB_DB"),
            (Vars::from([("MONGODB_DB", "a")]), "MONGODB_DB"),
        ] {
            let error = StoreConfig::read(&vars).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}=")) && !error.contains('\n'), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
