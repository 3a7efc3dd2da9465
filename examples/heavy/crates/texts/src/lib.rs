//! Formatting and parsing.
use heavy_kit::mix;
use std::collections::BTreeSet;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Word<const N: u64> {
    Number(u64),
    Name { text: String, length: usize },
    Pair(Box<Word<N>>, Box<Word<N>>),
}

impl<const N: u64> Word<N> {
    fn parse(text: &str) -> Word<N> {
        if let Some((left, right)) = text.split_once('+') {
            return Word::Pair(Box::new(Word::parse(left)), Box::new(Word::parse(right)));
        }
        text.parse().map_or_else(
            |_| Word::Name {
                text: text.to_uppercase(),
                length: text.len(),
            },
            Word::Number,
        )
    }
}

impl<const N: u64> fmt::Display for Word<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Number(number) => write!(out, "{:>8}", number ^ N),
            Word::Name { text, length } => write!(out, "{text}/{length:03}"),
            Word::Pair(left, right) => write!(out, "({left} {right:?})"),
        }
    }
}

fn step<const N: u64>(rounds: u64) -> u64 {
    let mut words: BTreeSet<Word<N>> = BTreeSet::new();
    for round in 0..rounds {
        let number = mix(N ^ round);
        words.insert(Word::parse(&format!(
            "{}+w{:x}+{}",
            number % 83,
            number % 23,
            number % 7
        )));
    }
    let lines: Vec<String> = words
        .iter()
        .map(|word| format!("{word} {word:?}"))
        .collect();
    lines
        .join("\n")
        .bytes()
        .fold(N, |sum, byte| mix(sum ^ u64::from(byte)))
}

heavy_kit::steps!(step; 0 1 2 3 4 5 6 7 8 9 10 11);
