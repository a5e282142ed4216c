"""What others already speak, translated at the door: words of theirs become operations of ours, and our answers theirs."""
