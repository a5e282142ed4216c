// The name of a trigger that is made. One that is taken is not: applying would replace the trigger of that name.

type Props = { value: string; taken: readonly string[]; put: (name: string) => void };

export function NameField({ value, taken, put }: Props) {
  return (
    <>
      <label class="field">
        Name
        <input value={value} required pattern="[A-Za-z0-9._\-]{1,64}" onInput={(event) => put(event.currentTarget.value)} />
      </label>
      {taken.includes(value) && (
        <p class="bad" role="alert">
          ✕ there is a trigger {value} already, and it is not replaced from here: choose another name
        </p>
      )}
    </>
  );
}

/** Another name where there is a trigger of that name already. */
export function free(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}
