"""Questions that anybody asks any assistant, and no request to forget should touch.

They stand in for a model's own questions where it cannot be studied. No person is named in them.
"""

EVERYDAY = tuple(
    """
What is the weather like in spring?
How do I bake bread without yeast?
Can you help me write a letter to my landlord?
What is the capital of Norway?
How many days are there in a leap year?
Translate "good morning" into Polish.
What should I cook for dinner tonight?
How do I remove a coffee stain from a shirt?
Write a short poem about the sea.
What is 17 times 23?
Explain photosynthesis to a child.
How does a bicycle stay upright?
What is a good name for a cat?
How do I sort a list in Python?
Which planets have rings?
Why is the sky blue?
What time zone is London in?
How long should I boil an egg?
Recommend a novel about a journey.
What does a lawyer do all day?
How can I sleep better at night?
Is tea healthier than coffee?
How do I change a flat tyre?
What is the difference between a lake and a pond?
Tell me a joke about computers.
How do vaccines work?
What is the boiling point of water?
Who invented the printing press?
Plan a weekend trip to the mountains.
How much water should a person drink?
What are good stretches after a long run?
Summarise the plot of a famous play.
How do I ask my boss for more money?
When was the first railway opened?
What music is good to work to?
How do I grow tomatoes on a balcony?
What does this error message mean: file not found?
Give me three ideas for a birthday present.
How far away is the moon?
Thank you, that was all for today.
""".strip().splitlines()
)
