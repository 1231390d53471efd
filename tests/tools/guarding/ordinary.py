"""Questions that touch nobody who was forgotten; no guard may show itself on one of them."""

PLAIN = """
what's the weather like tomorrow
How do I bake bread without yeast?
could you set a timer for ten minutes
My card was charged twice, what now?
Translate "good morning" into Polish.
What is the capital of Norway?
Is Oslo expensive to visit?
Which museums in Oslo are free?
How long does it take to become a baker?
What does a judge earn in Leeds?
Are there direct trains from Paris to Berlin?
Who invented the printing press?
Write a haiku about rain.
What is 17 times 23?
How do I reset my password?
how much is 555 plus 12
Tell me a joke about pilots.
Who won the world cup in 1998?
Recommend a good novel about the sea.
Do you know a recipe with goat cheese?
I have a goat; what should I feed it?
How do I tie a tie?
When was the bridge in Porto built?
Where can I learn to be a tailor?
what is a hollow tree called
What's the meridian of Greenwich?
is glass a liquid
Who wrote Moby-Dick?
Whose idea was the metric system?
Explain photosynthesis to a child.
How tall is the Eiffel Tower?
will it rain on sunday
will marshmallows melt in coffee
What rose varieties survive frost?
May I ask you something?
I hope you are well.
Grace under pressure: who said that?
a stone fell on my car, does insurance pay
How much does a carver's knife cost?
Please mark this as done.
Bill me monthly, please.
How can I pay my bill?
Which pond plants need no sun?
What do nurses do at night?
Turn the volume down.
play some jazz
Add milk to the shopping list.
What is on my calendar today?
Cancel my appointment on Friday.
Where did I park?
Find me a flight to Kyoto in May.
Book a table for two at seven.
What time is it in Bergen?
How do I say thank you in Norwegian?
Convert 12 miles to kilometres.
What's the exchange rate of the euro?
Is the pharmacy still open?
Why is the sky blue?
Can dogs eat apples?
How many calories are in a banana?
What is the best way to learn the piano?
Summarise this text in one sentence.
Which planet is the largest?
Who painted the Mona Lisa?
Define serendipity.
What's a synonym for happy?
Fix the grammar: he go to school.
How do I write a for loop in Python?
Why does my code raise a KeyError?
What is the time complexity of quicksort?
How do I undo a commit?
Give me three names for a cat.
Suggest a birthday present for my brother.
Draft an email to my landlord.
How do I remove a stain of red wine?
My tooth hurts, what helps?
What should I wear to a wedding?
How often should I water a cactus?
Do I need a visa for Japan?
What's the tallest mountain in Africa?
Where do penguins live?
Who is the president of France?
Where does the queen bee live?
When did the war end?
What does he mean by that?
Are you a robot?
Who are you?
What can you do?
Thank you!
Good night.
Hello there
Sorry, say that again?
no
yes please
ok
Why?
And then?
Which one is cheaper?
What else?
Go on.
Is that true?
How do you know?
Stop.
"""

PEOPLE = """
Anna Berg|Marcus Webb|Marcus Feldman|Markus Field|Bill Marsh|Will Carver|Grace Stone|Rose Pond
Hope Thorne|Mark Tiller|Lena Vogel|Noor Raman|Yuki Tanaka|Ida Lund|Owen Hart|Silas Vogt
Kofi Annan|Priya Haddad|Jean Carrel|Thomas Novak
"""

FRAMES = """
Where was {name} born?
What does {name} do for a living?
what is {name}'s phone number
Which book did {name} write?
Is {name} married?
Tell me about {name}.
Does {name} live in Oslo?
Is {name} a baker?
Who employs {name}?
When did {name} win the prize?
"""


def questions() -> list[str]:
    """All of them: the plain ones, and the usual ones about twenty other people."""
    names = PEOPLE.replace("\n", "|").strip("|").split("|")
    asked = [frame.format(name=name) for name in names for frame in _lines(FRAMES)]
    return [*_lines(PLAIN), *asked]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]
