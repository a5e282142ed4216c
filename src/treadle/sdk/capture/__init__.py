"""What a run depends on, taken down: code (`code`, `snapshot`), git (`git`), packages (`environment`), the machine (`machine`)."""
