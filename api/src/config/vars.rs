use super::ConfigError;
use gaggle_shared::Span;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::ErrorKind,
    path::Path,
    str::FromStr,
};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// `.env.local`
    EnvLocal,
    /// `.env`
    Env,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "from the command line",
            Self::Environment => "from the environment",
            Self::EnvLocal => "from .env.local",
            Self::Env => "from .env",
        })
    }
}

/// The merged variables. An empty value is as good as none.
#[derive(Clone, Default)]
pub struct Vars(BTreeMap<String, (String, Source)>, BTreeSet<String>);

impl fmt::Debug for Vars {
    /// Leaves out the values: some are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Vars {
    /// Merges the files of `folder`, the environment and the flags, the later over the earlier.
    ///
    /// # Errors
    /// A file that is there but cannot be read.
    pub fn merge(
        folder: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let mut vars = Self::default();
        for (file, source) in [(".env", Source::Env), (".env.local", Source::EnvLocal)] {
            vars.add(read_file(&folder.join(file), file)?, source);
        }
        vars.add(environment, Source::Environment);
        vars.add(flags.into_iter().map(|(name, value)| (name.to_owned(), value)), Source::Flag);
        Ok(vars)
    }

    fn add(&mut self, values: impl IntoIterator<Item = (String, String)>, source: Source) {
        for (name, value) in values {
            if value.trim().is_empty() {
                self.1.insert(name);
            } else {
                self.0.insert(name, (value, source));
            }
        }
    }

    /// A value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(value, _)| value.as_str())
    }

    /// Whether there is a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether it was set, but to nothing.
    pub fn is_empty(&self, name: &str) -> bool {
        !self.has(name) && self.1.contains(name)
    }

    /// All names and values.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }

    /// The error of a value of this name that breaks `rule`.
    pub fn error(&self, name: &str, rule: impl Into<String>) -> ConfigError {
        let (value, source) = self.0.get(name).map_or(("", None), |(value, source)| (value, Some(*source)));
        ConfigError::new(name, value, source, rule)
    }

    /// A value, read by `parse`.
    ///
    /// # Errors
    /// When `parse` does not take it: it must be as `rule` says.
    pub fn read<T>(
        &self,
        name: &str,
        rule: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => parse(text.trim()).map(Some).ok_or_else(|| self.error(name, rule)),
        }
    }

    /// A value that is read as such things usually are.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse<T: FromStr>(&self, name: &str, rule: &str) -> Result<Option<T>, ConfigError> {
        self.read(name, rule, |text| text.parse().ok())
    }

    /// A duration.
    ///
    /// # Errors
    /// What is no duration; `0` where that means nothing.
    pub fn span(&self, name: &str, default: Span, zero: bool) -> Result<Span, ConfigError> {
        let rule = if zero {
            "a duration such as 45s, 30m, 1h30m, or 0"
        } else {
            "a duration such as 45s, 30m or 1h30m"
        };
        let span =
            self.read(name, rule, |text| Span::parse(text).ok().filter(|span| zero || !span.is_zero()))?;
        Ok(span.unwrap_or(default))
    }

    /// True or false.
    ///
    /// # Errors
    /// Anything else.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        };
        Ok(self.read(name, "true or false", read)?.unwrap_or(false))
    }
}

/// The lines of a file of variables; none if there is no such file.
fn read_file(path: &Path, name: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let wrong = |why: String| ConfigError::new("file", name, None, why);
    let lines = match dotenvy::from_path_iter(path) {
        Ok(lines) => lines,
        Err(dotenvy::Error::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(dotenvy::Error::Io(error)) => return Err(wrong(format!("cannot be read: {error}"))),
        Err(_) => return Err(wrong("cannot be read".into())),
    };
    // What stands in a bad line may be a secret: it is not repeated.
    lines
        .enumerate()
        .map(|(at, line)| line.map_err(|_| wrong(format!("entry {} is not NAME=value", at + 1))))
        .collect()
}

impl<const N: usize> From<[(&str, &str); N]> for Vars {
    fn from(values: [(&str, &str); N]) -> Self {
        let mut vars = Self::default();
        vars.add(values.map(|(name, value)| (name.to_owned(), value.to_owned())), Source::Environment);
        vars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_variables_and_these_beat_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "A=env\nB=env\nC=env\nD=\"a b\" # note\n").unwrap();
        std::fs::write(folder.path().join(".env.local"), "export B=local\nC=local\n").unwrap();
        let environment = [("C".to_owned(), "environment".to_owned()), ("E".to_owned(), String::new())];
        let vars = Vars::merge(folder.path(), environment, [("F", "flag".to_owned())]).unwrap();
        let read = ["A", "B", "C", "D", "E", "F"].map(|name| vars.get(name));
        assert_eq!(read, [Some("env"), Some("local"), Some("environment"), Some("a b"), None, Some("flag")]);
    }

    #[test]
    fn a_bad_file_is_named_and_its_secret_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "A=1\nOPENAI_API_KEY='sk-secret\n").unwrap();
        let error = Vars::merge(folder.path(), [], []).unwrap_err().to_string();
        assert!(error.contains(".env") && !error.contains("sk-secret"), "{error}");
    }
}
