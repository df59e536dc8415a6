//! Short names for what the program takes from its glue. wasm-bindgen's end in a hash, which nothing can compress, and
//! stand in both files.

use anyhow::{Context as _, Result, bail, ensure};
use std::collections::BTreeMap;

/// The kind of the section that names what a program imports.
const IMPORTS: u8 = 2;
/// The magic number and the version.
const HEADER: usize = 8;

/// Glue and program with short names.
///
/// # Errors
/// One of them is not as wasm-bindgen makes it.
pub(super) fn shorten(glue: &str, program: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut names = BTreeMap::new();
    let program = program_with(program, |name| {
        if !has_hash(name) {
            return name.to_owned();
        }
        let next = format!("_{:x}", names.len());
        names.entry(name.to_owned()).or_insert(next).clone()
    })?;
    let mut short = String::with_capacity(glue.len());
    for line in glue.lines() {
        match key(line).and_then(|key| Some((key, names.remove(key)?))) {
            Some((key, now)) => short.push_str(&line.replacen(key, &now, 1)),
            None => short.push_str(line),
        }
        short.push('\n');
    }
    ensure!(names.is_empty(), "the glue does not give what the program asks for: {names:?}");
    Ok((short, program))
}

/// Whether a name ends in a hash, of 16 digits.
fn has_hash(name: &str) -> bool {
    name.starts_with("__wb")
        && name
            .rsplit_once('_')
            .is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// The name of a function in the glue's object of them.
fn key(line: &str) -> Option<&str> {
    line.trim_start().split_once(": ").map(|(key, _)| key)
}

/// The program with other names for what it imports.
fn program_with(program: &[u8], mut rename: impl FnMut(&str) -> String) -> Result<Vec<u8>> {
    let mut out = program.get(..HEADER).context("no program")?.to_vec();
    let mut rest = Reader(&program[HEADER..]);
    while let Some(kind) = rest.byte() {
        let length = rest.number()?;
        let body = rest.take(length)?;
        let body = if kind == IMPORTS { imports(body, &mut rename)? } else { body.to_vec() };
        out.push(kind);
        put_number(&mut out, body.len());
        out.extend(body);
    }
    Ok(out)
}

fn imports(section: &[u8], rename: &mut impl FnMut(&str) -> String) -> Result<Vec<u8>> {
    let (mut reader, mut out) = (Reader(section), Vec::new());
    let count = reader.number()?;
    put_number(&mut out, count);
    for _ in 0..count {
        let (module, name) = (reader.text()?, reader.text()?);
        put_text(&mut out, module);
        put_text(&mut out, &rename(name));
        let before = reader.0;
        reader.skip_description()?;
        out.extend(&before[..before.len() - reader.0.len()]);
    }
    Ok(out)
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("the program ends too soon")?;
        self.0 = rest;
        Ok(taken)
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self) -> Result<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte().context("the program ends too soon")?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        bail!("a number without end")
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.take(length)?)?)
    }

    /// What is imported under a name: its kind and type.
    fn skip_description(&mut self) -> Result<()> {
        match self.byte() {
            Some(0) => drop(self.number()?),
            Some(kind @ (1 | 2)) => {
                self.take(usize::from(kind == 1))?;
                let has_most = self.number()? & 1 == 1;
                self.number()?;
                if has_most {
                    self.number()?;
                }
            }
            Some(3) => drop(self.take(2)?),
            other => bail!("imports of kind {other:?} are not known here"),
        }
        Ok(())
    }
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len());
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "__wbg_abort_f8d1589eb0c65ee2";

    /// A program that imports two functions and a memory, and has an empty section after that.
    fn program() -> Vec<u8> {
        let mut section = vec![3];
        for (name, kind) in [(LONG, &[0_u8, 1][..]), ("memory", &[2, 1, 1, 2]), ("plain", &[0, 0])] {
            put_text(&mut section, "./glue.js");
            put_text(&mut section, name);
            section.extend(kind);
        }
        let mut program = b"\0asm\x01\0\0\0".to_vec();
        program.push(IMPORTS);
        put_number(&mut program, section.len());
        program.extend(section);
        program.extend([7, 1, 0]);
        program
    }

    fn names(program: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        let same = program_with(program, |name| {
            names.push(name.to_owned());
            name.to_owned()
        });
        assert_eq!(same.unwrap(), program);
        names
    }

    #[test]
    fn what_ends_in_a_hash_gets_a_short_name_in_both() {
        let glue = format!("    {LONG}: function(arg0) {{\n        arg0.abort();\n    }},\n");
        let (glue, short) = shorten(&glue, &program()).unwrap();
        assert_eq!(names(&short), ["_0", "memory", "plain"]);
        assert!(glue.starts_with("    _0: function(arg0) {\n"), "{glue}");
        assert!(short.ends_with(&[7, 1, 0]));
    }

    #[test]
    fn a_glue_that_lacks_a_function_is_refused() {
        assert!(shorten("nothing: function() {}\n", &program()).unwrap_err().to_string().contains(LONG));
    }
}
